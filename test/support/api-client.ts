/** A client of a hub's API that survives the hub: requests and watches with the kubeconfig's certificate. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { KubeObject } from '../../hub/api/object.ts';

/** An answer. `status` 0: the connection broke, so nobody knows whether it was done. */
export interface ApiAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
  readonly body: any;
}

/** One event of a watch. */
export interface WatchedEvent {
  readonly type: string;
  readonly object: KubeObject;
  /** When it arrived, in Unix milliseconds. */
  readonly at: number;
}

/** A watch under way. */
export interface Watching {
  readonly events: readonly WatchedEvent[];
  /** Resolves when the connection has ended, by either side. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Requests as the administrator of a data directory's hub. */
export class ApiClient {
  readonly #access: { host: string; port: number; ca: Buffer; cert: Buffer; key: Buffer };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(dataDir: string) {
    const text = readFileSync(join(dataDir, 'kubeconfig'), 'utf8');
    const decode = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}: *([^\\s]+)`).exec(text)?.[1] ?? '', 'base64');
    const server = new URL(/server: *(\S+)/.exec(text)?.[1] ?? '');
    this.#access = {
      host: server.hostname,
      port: Number(server.port),
      ca: decode('certificate-authority-data'),
      cert: decode('client-certificate-data'),
      key: decode('client-key-data'),
    };
  }

  /** One request; never rejects. A patch is a merge patch; an answer that is no JSON (a path that is not served) is its text. */
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) };
    return new Promise((resolve) => {
      const lost = (): void => resolve({ status: 0, body: undefined });
      const sent = request(
        { ...this.#access, method, path, headers, agent: this.#agent, timeout: 30_000 },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', lost);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: bodyOf(answer, text) }));
        },
      );
      sent.on('timeout', () => sent.destroy());
      sent.on('error', lost);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Opens a watch and keeps its events; `seen` is called for each. */
  watch(path: string, seen: (event: WatchedEvent) => void = () => {}): Watching {
    const events: WatchedEvent[] = [];
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const sent = request({ ...this.#access, path, agent: false }, (answer) => {
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = { ...(JSON.parse(line) as { type: string; object: KubeObject }), at: Date.now() };
          events.push(event);
          seen(event);
        }
      });
      answer.on('error', () => {});
      answer.on('close', end);
    });
    sent.on('error', end);
    sent.end();
    return { events, ended, close: () => sent.destroy() };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function bodyOf({ headers }: IncomingMessage, text: string): unknown {
  return headers['content-type']?.startsWith('application/json') === true ? JSON.parse(text) : text;
}
