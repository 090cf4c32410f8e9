/** One HTTP exchange with a container, as probes and hooks make it. */
import { request as requestHttps } from 'node:https';
import type { HTTPHeader } from '../../hub/api/container.ts';
import { request as requestHttp } from '../../hub/base/http.ts';

/** Bytes of a body that are looked at. */
const bodyLimit = 10 * 1024;

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** At most 10 KiB. */
  readonly body: string;
}

/** Asks once with GET. Rejects with an Error in the words of Go's client. */
export function askContainer(options: {
  url: URL;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}): Promise<HttpAnswer> {
  const { url, headers, signal } = options;
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(new Error(`Get "${url.href}": ${reasonOf(error, signal)}`));
    // API: the certificate of an HTTPS probe is not checked
    const asked = request(url, { headers, rejectUnauthorized: false, agent: false, signal }, (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      const done = (): void => {
        asked.destroy();
        const body = Buffer.concat(pieces).subarray(0, bodyLimit).toString('utf8');
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body });
      };
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        size += piece.length;
        if (size >= bodyLimit) done();
      });
      response.once('end', done);
      response.once('error', fail);
    });
    asked.once('error', fail);
    asked.end();
  });
}

/** API: the headers of an httpGet over those sent anyway; an empty Accept sends none. */
export function headersOf(agent: string, given: readonly HTTPHeader[] = []): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': agent, accept: '*/*' };
  for (const { name, value } of given) headers[name.toLowerCase()] = value;
  if (headers['accept'] === '') delete headers['accept'];
  return headers;
}

function reasonOf(error: NodeJS.ErrnoException & { address?: string; port?: number }, signal: AbortSignal): string {
  if (signal.aborted) return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  return dialError(error) ?? error.message;
}

/** A failed connection in the words of Go; undefined for another failure. */
export function dialError(error: NodeJS.ErrnoException & { address?: string; port?: number }): string | undefined {
  if (error.syscall !== 'connect' || error.address === undefined) return undefined;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'network is unreachable',
    ETIMEDOUT: 'connection timed out',
  };
  const where = error.address.includes(':') ? `[${error.address}]` : error.address;
  return `dial tcp ${where}:${error.port ?? ''}: connect: ${words[error.code ?? ''] ?? error.message}`;
}

/** The address of an httpGet; the path may carry a query. */
export function urlOf(options: { scheme: string; host: string; port: number; path: string }): URL {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const path = options.path.startsWith('/') ? options.path : `/${options.path}`;
  return new URL(path.replace(/^\/+/, '/'), `${options.scheme.toLowerCase()}://${host}:${options.port}`);
}
