/**
 * One HTTP/1.1 request and its answer over a connection that is then closed (RFC 9112).
 *
 * `node:http` would do, but costs an idle agent 9 MB of memory, and the one server that is asked is the hub.
 */
import type { Duplex } from 'node:stream';

/** A request; `body` is JSON. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly host: string;
  readonly body?: Buffer;
  /** The longest answer in bytes. */
  readonly limit: number;
}

/** The answer. */
export interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

const headLimit = 16 * 1024;

const brokenOff = 'it closed the connection before it had answered';

/** Sends and reads. Rejects when the connection ends early or what comes is not an answer; the caller destroys `socket`. */
export function exchange(socket: Duplex, request: Exchange): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > request.limit + headLimit) reject(new Error('the answer is too long'));
  });
  // The other side closes, as it was asked to: that is when the answer is whole.
  socket.once('end', () => {
    try {
      resolve(parseAnswer(Buffer.concat(chunks)));
    } catch (error) {
      reject(error);
    }
  });
  socket.once('error', reject);
  socket.once('close', () => reject(new Error(brokenOff)));
  socket.write(headOf(request));
  if (request.body !== undefined) socket.write(request.body);
  return promise;
}

function headOf({ method, path, host, body }: Exchange): string {
  if (/[^!-~]/.test(path + host)) throw new Error('a path or host with characters that must be encoded');
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`, 'connection: close', 'accept: application/json'];
  if (body !== undefined) lines.push('content-type: application/json', `content-length: ${body.length}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The answer that is in `bytes`, as a whole. Throws when there is none. */
export function parseAnswer(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [status = '', ...fields] = bytes.toString('latin1', 0, Math.max(0, end)).split('\r\n');
  const code = /^HTTP\/1\.[01] (\d{3})/.exec(status)?.[1];
  if (end < 0 || code === undefined) throw new Error('what came is not an HTTP answer');
  const headers = new Map(fields.map((field): [string, string] => splitField(field)));
  const rest = bytes.subarray(end + 4);
  // RFC 9112 §6.3: a transfer coding comes before a length, and without both the body ends with the connection.
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked')
    return { code: Number(code), body: joinChunks(rest) };
  const length = Number(headers.get('content-length') ?? rest.length);
  if (rest.length < length) throw new Error(brokenOff);
  return { code: Number(code), body: rest.subarray(0, length) };
}

function splitField(field: string): [string, string] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
}

/** RFC 9112 §7.1; extensions and trailers are passed over. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? undefined : /^[0-9a-fA-F]{1,8}/.exec(bytes.toString('latin1', at, line))?.[0];
    if (size === undefined) throw new Error(brokenOff);
    const length = Number.parseInt(size, 16);
    const from = line + 2;
    if (length === 0) return Buffer.concat(chunks);
    if (bytes.length < from + length + 2) throw new Error(brokenOff);
    chunks.push(bytes.subarray(from, from + length));
    at = from + length + 2;
  }
}
