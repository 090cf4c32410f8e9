/** Requests, watches and other users' requests against the hub under test. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';

/** Any object of the API, as a test looks at it. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
  [field: string]: any;
}

/** The metadata tests look at. */
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
  finalizers?: string[];
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean }[];
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
  [field: string]: any;
}

/** An answer of the API: parsed when it is JSON, else its text. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly type: string;
}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: ApiObject;
}

/** A watch under way. */
export interface Watching {
  readonly events: WatchEvent[];
  close(): void;
}

/** What to send besides method and path. `body` is sent as JSON unless it is a string already. */
export interface Sent {
  body?: unknown;
  /** Content type of the body; JSON when left out. */
  type?: string;
  headers?: Record<string, string>;
}

/** A client with the administrator's certificate of a data directory. */
export class Client {
  readonly #target: { host: string; port: number; ca: Buffer };
  readonly #identity: { cert: Buffer; key: Buffer };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #watches: Watching[] = [];

  constructor(dataDir: string) {
    const text = readFileSync(join(dataDir, 'kubeconfig'), 'utf8');
    const decode = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}: *([^\\s]+)`).exec(text)?.[1] ?? '', 'base64');
    const server = new URL(/server: *(\S+)/.exec(text)?.[1] ?? '');
    this.#target = { host: server.hostname, port: Number(server.port), ca: decode('certificate-authority-data') };
    this.#identity = { cert: decode('client-certificate-data'), key: decode('client-key-data') };
  }

  /** One request. With an `authorization` header the certificate stays home. */
  call<T>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    const { body, type = 'application/json', headers = {} } = sent;
    const data = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const identity = headers['authorization'] === undefined ? this.#identity : {};
    const sizes = data === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(data) };
    const all = { accept: 'application/json', ...sizes, ...headers };
    return new Promise((resolve, reject) => {
      const options = { ...this.#target, ...identity, path, method, agent: this.#agent, headers: all };
      const call = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const { 'content-type': kind = '' } = answer.headers;
          const parsed: unknown = kind.includes('json') && text !== '' ? JSON.parse(text) : text;
          resolve({ status: answer.statusCode ?? 0, body: parsed as T, type: kind });
        });
      });
      call.on('error', reject);
      call.end(data);
    });
  }

  /** Opens a watch; resolves once the server has answered, rejects when it refuses. */
  watch(path: string): Promise<Watching> {
    const events: WatchEvent[] = [];
    return new Promise((resolve, reject) => {
      const call = request({ ...this.#target, ...this.#identity, path, agent: false }, (answer) => {
        if (answer.statusCode !== 200) {
          call.destroy();
          return reject(new Error(`watch ${path}: ${answer.statusCode}`));
        }
        let rest = '';
        answer.setEncoding('utf8');
        answer.on('error', () => {});
        answer.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) events.push(JSON.parse(line) as WatchEvent);
        });
        const watching = { events, close: () => call.destroy() };
        this.#watches.push(watching);
        resolve(watching);
      });
      call.on('error', reject);
      call.end();
    });
  }

  /** Where a path is, and what to show there, for connections of other kinds. */
  address(path: string): { url: string; tls: { ca: Buffer; cert: Buffer; key: Buffer } } {
    const { host, port, ca } = this.#target;
    return { url: `wss://${host}:${port}${path}`, tls: { ca, ...this.#identity } };
  }

  /** Ends every watch and connection. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#agent.destroy();
  }
}
