/** The way out of a list that is too long to be made at once. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Call } from './call.ts';
import { headFields, takesGzip } from './respond.ts';

/** Items by index. `skip` bytes at the beginning of an item are replaced by an opening brace. */
export interface Items {
  readonly count: number;
  /** About how many bytes all items have. */
  readonly size: number;
  bytes(index: number): Buffer;
  skip(bytes: Buffer): number;
}

/** Everything around the items. */
export interface Frame {
  readonly head: string;
  readonly tail: string;
}

/** Begins an answer of 200 in chunks, compressed for clients that take that. */
export function openList(call: Call, contentType: string): Writable {
  const { res } = call;
  const fields = headFields(call, contentType, -1);
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
export async function drained(out: Writable, res: Writable): Promise<void> {
  const stop = new AbortController();
  const gone = once(res, 'close', { signal: stop.signal }).catch(() => {});
  const ready = once(out, 'drain', { signal: stop.signal }).catch(() => {});
  await Promise.race([gone, ready]);
  stop.abort();
}
