/** Reading request bodies, with a bound. */
import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '../api/errors.ts';

/** API: bodies above this many bytes are refused. */
const bodyLimit = 3 * 1024 * 1024;

const empty = Buffer.alloc(0);

/** The whole body. Rejects with RequestEntityTooLarge, or BadRequest when the client went away. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  const declared = req.headers['content-length'];
  // HTTP/2 needs neither of the two to have a body
  const isDeclared = declared !== undefined || req.headers['transfer-encoding'] !== undefined;
  if (declared === '0' || (!isDeclared && req.httpVersionMajor !== 2)) {
    return Promise.resolve(empty);
  }
  if (declared !== undefined && Number(declared) > bodyLimit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyLimit) {
        // the rest is read and dropped: whatever comes after it on this connection is the next request
        chunks = undefined;
        reject(tooLarge());
      } else if (first === undefined) first = chunk;
      else if (chunks === undefined) chunks = [first, chunk];
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(chunks === undefined ? (first ?? empty) : Buffer.concat(chunks, length)));
    req.on('error', () => reject(cutShort()));
    // HTTP/2: a stream that is reset is no error of the request
    if (req.httpVersionMajor === 2) req.on('aborted', () => reject(cutShort()));
  });
}

function cutShort(): ApiError {
  return badRequest('the request body was not received completely');
}

function tooLarge(): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
}
