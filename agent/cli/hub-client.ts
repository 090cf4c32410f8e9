/** A small client of the hub's API for the command line: the kubeconfig's certificate, bounded in time. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { WebSocket } from 'ws';
import type { Status } from '../../hub/api/errors.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { again } from './again.ts';
import { exitCodes, Failure, notRunning } from './failure.ts';

/** What a kubeconfig of ours holds. */
interface Access {
  host: string;
  port: number;
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

/** An answer that is no success. */
export class HubRefusal extends Failure {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? `the hub answered ${status.code}`, {
      exitCode: status.code === 401 || status.code === 403 ? exitCodes.refused : exitCodes.failed,
    });
    this.status = status;
  }
}

/** Requests to the hub of one data directory. */
export class HubClient {
  readonly #access: Access;
  readonly #root: string;

  /** Throws Failure when there is no kubeconfig (no hub was ever started here). */
  constructor(dir: DataDir) {
    this.#root = dir.root;
    this.#access = readAccess(dir);
  }

  /** The hub's address, as the kubeconfig has it. */
  get server(): string {
    const { host, port } = this.#access;
    return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** One request; answers the parsed body. Throws HubRefusal for a Status, Failure when the hub does not answer in time. */
  call<T>(method: string, path: string, body?: unknown, options: { timeout?: number; type?: string } = {}): Promise<T> {
    const { timeout = 10_000, type = 'application/json' } = options;
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: 'application/json',
      'user-agent': 'coracle',
      ...(data === undefined ? {} : { 'content-type': type, 'content-length': data.length }),
    };
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeout);
      const sent = request({ ...this.#access, method, path, headers, signal, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', (error) => reject(this.#unreachable(error)));
        answer.on('end', () => settle(answer.statusCode ?? 0, Buffer.concat(chunks).toString(), resolve, reject));
      });
      sent.on('error', (error) =>
        reject(this.#unreachable(signal.aborted ? new Error(`no answer in ${timeout / 1000} s`) : error)),
      );
      sent.end(data);
    });
  }

  /**
   * Follows a watch until `seen` answers something, or throws; undefined when `timeout` milliseconds pass first. A connection
   * that breaks is made again: watches start with the current state, so nothing is missed.
   */
  async watch<T, R>(
    path: string,
    timeout: number,
    seen: (type: string, object: T) => R | undefined,
  ): Promise<R | undefined> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      const found = await this.#watchOnce(path, left, seen);
      if (found !== undefined) return found;
    }
  }

  /** A WebSocket on a path of the API, for streams of Pods. Rejects with Failure, with what the hub said where it refused. */
  async socket(path: string, protocol: string): Promise<WebSocket> {
    const { WebSocket } = await import('ws');
    const { ca, cert, key } = this.#access;
    const socket = new WebSocket(`${this.server.replace(/^https/, 'wss')}${path}`, [protocol], {
      ...{ ca, cert, key, perMessageDeflate: false, handshakeTimeout: 30_000 },
      headers: { 'user-agent': 'coracle' },
    });
    return new Promise((resolve, reject) => {
      socket.once('unexpected-response', (_request, answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => settle(answer.statusCode ?? 0, Buffer.concat(chunks).toString(), () => {}, reject));
      });
      socket.once('error', (error) => reject(this.#unreachable(error)));
      // what comes at once is not to be missed by who listens a turn later
      socket.once('open', () => {
        socket.pause();
        resolve(socket);
      });
    });
  }

  #watchOnce<T, R>(
    path: string,
    timeout: number,
    seen: (type: string, object: T) => R | undefined,
  ): Promise<R | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { accept: 'application/json', 'user-agent': 'coracle' };
      const timer = setTimeout(() => end(undefined), timeout);
      const end = (result: R | undefined): void => {
        clearTimeout(timer);
        sent.destroy();
        resolve(result);
      };
      const sent = request({ ...this.#access, method: 'GET', path, headers, agent: false }, (answer) => {
        let rest = '';
        answer.setEncoding('utf8');
        if (answer.statusCode !== 200) {
          clearTimeout(timer);
          answer.on('data', (chunk: string) => {
            rest += chunk;
          });
          answer.on('end', () => settle(answer.statusCode ?? 0, rest, () => resolve(undefined), reject));
          return;
        }
        answer.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            try {
              const event = JSON.parse(line) as { type: string; object: T };
              const result = event.type === 'ERROR' ? undefined : seen(event.type, event.object);
              if (result !== undefined) return end(result);
            } catch (error) {
              clearTimeout(timer);
              sent.destroy();
              return reject(error);
            }
          }
        });
        answer.on('close', () => end(undefined));
      });
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(this.#unreachable(error));
      });
      sent.end();
    });
  }

  #unreachable(error: Error & { code?: string }): Failure {
    if (error.code === 'ECONNREFUSED') return notRunning(this.#root);
    return new Failure(`the hub at ${this.#access.host}:${this.#access.port} cannot be asked: ${error.message}`, {
      next: `see why with: ${again('status')}`,
      exitCode: exitCodes.notRunning,
      cause: error,
    });
  }
}

function settle<T>(code: number, text: string, resolve: (body: T) => void, reject: (error: Failure) => void): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = text;
  }
  if (code >= 200 && code < 300) return resolve(body as T);
  const isStatus = typeof body === 'object' && body !== null && (body as Status).kind === 'Status';
  if (isStatus) reject(new HubRefusal(body as Status));
  else reject(new Failure(`the hub answered ${code}: ${text.slice(0, 500)}`));
}

/** Our kubeconfig is written by the hub: one cluster, one user, everything inside. */
function readAccess(dir: DataDir): Access {
  let text: string;
  try {
    text = readFileSync(dir.kubeconfig, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') {
      throw new Failure(`${dir.kubeconfig} may not be read by this user`, { next: 'run the command as root (sudo)' });
    }
    throw notRunning(dir.root);
  }
  const field = (name: string): string => new RegExp(`"?${name}"?: *"?([^"\\s,]+)`).exec(text)?.[1] ?? '';
  const server = new URL(field('server'));
  const decode = (name: string): Buffer => Buffer.from(field(name), 'base64');
  return {
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: Number(server.port),
    ca: decode('certificate-authority-data'),
    cert: decode('client-certificate-data'),
    key: decode('client-key-data'),
  };
}
