/** Reads request bodies and writes answers of the join endpoint: JSON, bounded. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, badRequest } from '../api/errors.ts';
import { type Check, WireError } from '../api/guard.ts';

/** Longest body, in bytes. */
const longestBody = 64 * 1024;

/** All bytes of a body. A body that is too long is left where it is: the connection ends with the answer. */
function collect(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= longestBody) return chunks.push(chunk);
    request.pause();
    return reject(new ApiError('RequestEntityTooLarge', `the body is longer than ${longestBody} bytes`));
  });
  request.on('end', () => resolve(Buffer.concat(chunks)));
  const cut = (): void => reject(badRequest('the body ends too early'));
  request.on('error', cut);
  request.on('close', cut);
  return promise;
}

/** The JSON body of a request, checked; throws ApiError for one that is too long or not as `check` says. */
export async function readBody<T>(request: IncomingMessage, check: Check): Promise<T> {
  const bytes = await collect(request);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw badRequest('the body is not JSON');
  }
  try {
    check(value, 'body');
  } catch (error) {
    if (error instanceof WireError) throw badRequest(error.message);
    throw error;
  }
  return value as T;
}

/** Sends JSON; a second time, or after the other side left, nothing. */
export function sendJson(response: ServerResponse, code: number, body: string | Buffer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Sends an error as metav1.Status, and closes the connection after it: a body may still be on its way. */
export function sendError(response: ServerResponse, error: ApiError): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  sendJson(response, error.code, JSON.stringify(error.status()));
}
