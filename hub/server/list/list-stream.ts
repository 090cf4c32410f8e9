/** The way out of a list that is too long to be made at once. */
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Call } from '../call.ts';
import { headFields, sendBytes, takesGzip } from '../respond.ts';

/** Items by index. `skip` bytes at the beginning of an item are replaced by an opening brace. */
export interface Items {
  readonly count: number;
  /** About how many bytes all items have. */
  readonly size: number;
  /** Good until the next call. */
  bytes(index: number): Buffer;
  skip(bytes: Buffer): number;
  /** True when `bytes` answers what is there already, so that it may be asked twice. */
  readonly ready: boolean;
}

/** Everything around the items. */
export interface Frame {
  readonly head: string;
  readonly tail: string;
}

/** Begins an answer of 200: of `length` bytes, or in chunks (-1); compressed, and then in chunks, for clients that take that. */
export function openList(call: Call, contentType: string, length = -1): Writable {
  const { res } = call;
  const fields = headFields(call, contentType, takesGzip(call) ? -1 : length);
  let out: Writable = res;
  if (takesGzip(call)) {
    fields.push('Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding');
    const packer = createGzip({ level: 1 });
    packer.pipe(res);
    res.on('close', () => packer.destroy());
    out = packer;
  }
  res.writeHead(200, fields);
  return out;
}

/** Resolves when `out` takes more, or will never. */
export function drained(out: Writable, res: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('close', done);
      out.off('drain', done);
      resolve();
    };
    res.on('close', done);
    out.on('drain', done);
  });
}

/** Bytes of one piece. */
const pieceSize = 128 * 1024;

/**
 * Answers 200 with a whole list, a long one piece by piece: a client reads the first ones while the others are encrypted, and the
 * body is not copied to go out together with its header.
 */
export async function sendPieces(call: Call, body: Buffer, contentType: string): Promise<void> {
  if (body.length <= pieceSize || takesGzip(call)) {
    sendBytes(call, 200, body, contentType);
    return;
  }
  const { res } = call;
  const out = openList(call, contentType, body.length);
  res.flushHeaders();
  for (let at = 0; at < body.length && !res.destroyed; at += pieceSize) {
    if (!out.write(body.subarray(at, at + pieceSize))) await drained(out, res);
  }
  out.end();
}
