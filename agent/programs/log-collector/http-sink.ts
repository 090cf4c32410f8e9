/** Entries to a receiver over HTTP(S): as lines of JSON, or as Loki's push API takes them. */
import { Agent, request as requestSecurely } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { request as requestPlainly } from '../../../hub/base/http.ts';
import { jsonLine, type LogEntry, RefusedError, type Sink } from './entry.ts';

/** What a receiver speaks. */
export type Dialect = 'json' | 'loki';

/** Where to. */
export interface HttpSinkOptions {
  readonly url: URL;
  readonly dialect: Dialect;
  /** Sent as a bearer token; empty: none. */
  readonly token: string;
  readonly node: string;
  /** Whether bodies are compressed. */
  readonly compress: boolean;
}

/** Milliseconds until an answer. */
const patience = 30_000;

/** API (HTTP): answers after which the same request may succeed: it is not the batch that is wrong. */
const passing = new Set([401, 403, 404, 407, 408, 425, 429]);

const compressed = promisify(gzip);

/** The sink. */
export class HttpSink implements Sink {
  /** Nothing: what a receiver has it keeps. */
  readonly state = '';
  readonly #options: HttpSinkOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(options: HttpSinkOptions) {
    this.#options = options;
  }

  async send(entries: readonly LogEntry[], signal: AbortSignal): Promise<void> {
    const { dialect, node, compress } = this.#options;
    const text =
      dialect === 'loki' ? lokiPush(entries, node) : entries.map((one) => `${jsonLine(one, node)}\n`).join('');
    const body = compress ? await compressed(text) : Buffer.from(text);
    const { status, answer } = await this.#post(body, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    if (status >= 200 && status < 300) return;
    const message = `the receiver answered ${status}: ${answer.slice(0, 200).replace(/\s+/g, ' ')}`;
    if (status >= 400 && status < 500 && !passing.has(status)) throw new RefusedError(message);
    throw new Error(message);
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  #post(body: Buffer, signal: AbortSignal): Promise<{ status: number; answer: string }> {
    const { url, dialect, token, compress } = this.#options;
    const headers = {
      'content-type': dialect === 'loki' ? 'application/json' : 'application/x-ndjson',
      'content-length': body.length,
      ...(compress ? { 'content-encoding': 'gzip' } : {}),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    };
    return new Promise((resolve, reject) => {
      const how = { method: 'POST', headers, signal };
      const sent =
        url.protocol === 'https:' ? requestSecurely(url, { ...how, agent: this.#agent }) : requestPlainly(url, how);
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => {
          if (text.length < 1000) text += piece;
        });
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, answer: text }));
      });
      sent.end(body);
    });
  }
}

interface LokiStream {
  stream: Record<string, string>;
  values: [string, string][];
}

/** API (Loki, POST /loki/api/v1/push): streams by labels; a value is the time in nanoseconds, and the line. */
function lokiPush(entries: readonly LogEntry[], node: string): string {
  const streams = new Map<string, LokiStream>();
  for (const { origin, stream, time, line } of entries) {
    const { namespace, pod, container } = origin;
    const key = `${namespace}/${pod}/${container}/${stream ?? ''}`;
    const labels = { node, namespace, pod, container, ...(stream === undefined ? {} : { stream }) };
    const one: LokiStream = streams.get(key) ?? { stream: labels, values: [] };
    one.values.push([nanoseconds(time), line]);
    streams.set(key, one);
  }
  return JSON.stringify({ streams: [...streams.values()] });
}

/** RFC 3339 as nanoseconds since 1970. */
export function nanoseconds(time: string): string {
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(time.replace(/\.\d+/, '')) / 1000);
  return `${Number.isNaN(seconds) ? 0 : seconds}${fraction.padEnd(9, '0')}`;
}
