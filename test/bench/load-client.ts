/** A load client: many requests at once over kept-alive TLS connections, and what they took. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { quantile } from './measurement.ts';

/** What an event begins with. */
const brace = '{'.charCodeAt(0);

/** What a series of requests took. */
export interface Series {
  perSecond: number;
  p50: number;
  p99: number;
  errors: number;
  seconds: number;
}

/** An answer: status, size, and the text when asked for. */
export interface Answer {
  status: number;
  bytes: number;
  text(encoding?: 'utf8' | 'latin1'): string;
}

/** Requests as the administrator of a data directory's hub. */
export class LoadClient {
  readonly #tls: { ca: Buffer; cert: Buffer; key: Buffer };
  readonly #port: number;
  readonly #agent: Agent;

  constructor(dataDir: string, connections = 64) {
    const text = readFileSync(join(dataDir, 'kubeconfig'), 'utf8');
    const decode = (name: string): Buffer =>
      Buffer.from(new RegExp(`${name}: *([^\\s]+)`).exec(text)?.[1] ?? '', 'base64');
    this.#tls = {
      ca: decode('certificate-authority-data'),
      cert: decode('client-certificate-data'),
      key: decode('client-key-data'),
    };
    this.#port = Number(/server: *https:\/\/[^\s]+:(\d+)/.exec(text)?.[1]);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** One request; `type` is the content type of the body, `accept` that of the answer. */
  call(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    accept = 'application/json',
  ): Promise<Answer> {
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const headers = {
        accept,
        ...(data ? { 'content-type': type, 'content-length': data.length } : {}),
      };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, path, method, agent: this.#agent, ...this.#tls, headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
              text: (encoding = 'utf8') => Buffer.concat(chunks).toString(encoding),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(data);
    });
  }

  /** Opens a watch; `line` gets every event's text. The answer closes it. */
  watch(path: string, line: (text: string) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, path, agent: false as const, ...this.#tls };
      const sent = request(options, (answer) => {
        let rest = '';
        answer.setEncoding('utf8');
        answer.on('error', () => {});
        answer.on('data', (chunk: string) => {
          rest += chunk;
          let start = 0;
          for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
            line(rest.slice(start, end));
            start = end + 1;
          }
          rest = rest.slice(start);
        });
        resolve(() => sent.destroy());
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /**
   * Opens a watch that costs its reader little: a bare TLS connection, its bytes cut at line ends and not decoded. `line` gets every
   * line that begins as an event does; the answer closes it. Rejects when the server does not answer 200.
   */
  bareWatch(path: string, line: (bytes: Buffer) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.#port, ...this.#tls });
      let rest: Buffer = Buffer.alloc(0);
      let answered = false;
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let start = 0;
        for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
          if (bytes[start] === brace) line(bytes.subarray(start, end));
          else if (!answered) {
            answered = true;
            const status = bytes.toString('latin1', start, end).trim();
            if (status === 'HTTP/1.1 200 OK') resolve(() => socket.destroy());
            else reject(new Error(`the watch was answered ${status}`));
          }
          start = end + 1;
        }
        rest = bytes.subarray(start);
      });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n\r\n`);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Calls `work` for 0 … count-1, `width` at a time; a thrown error or a status of 300 and more counts as an error. */
export async function series(count: number, width: number, work: (index: number) => Promise<Answer>): Promise<Series> {
  const latencies: number[] = [];
  let next = 0;
  let errors = 0;
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const start = performance.now();
      const status = await work(index).then(
        (answer) => answer.status,
        () => 599,
      );
      if (status >= 300) errors += 1;
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  return { perSecond: count / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), errors, seconds };
}
