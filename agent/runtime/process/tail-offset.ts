/** Finding the end of a file of lines without reading what comes before it. */
import type { FileHandle } from 'node:fs/promises';

const chunk = 64 * 1024;
const newline = 10;

/** Where the last `lines` lines of a file of `size` bytes begin, and how many lines there are from there on. Reads backwards. */
export async function tailOffset(
  handle: FileHandle,
  size: number,
  lines: number,
): Promise<{ offset: number; lines: number }> {
  if (lines === Number.POSITIVE_INFINITY) return { offset: 0, lines: 0 };
  if (lines <= 0) return { offset: size, lines: 0 };
  let found = 0;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - chunk);
    const buffer = Buffer.allocUnsafe(end - begin);
    await handle.read(buffer, 0, buffer.length, begin);
    for (let index = buffer.length - 1; index >= 0; index--) {
      // The newline that ends the file ends its last line and begins none.
      if (buffer[index] !== newline || begin + index === size - 1) continue;
      found += 1;
      if (found === lines) return { offset: begin + index + 1, lines: found };
    }
    end = begin;
  }
  return { offset: 0, lines: size > 0 ? found + 1 : 0 };
}

/** What a file holds from `offset` on, as much as comes in one read; empty at its end. */
export async function readAt(handle: FileHandle, offset: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(chunk);
  const { bytesRead } = await handle.read(buffer, 0, chunk, offset);
  return buffer.subarray(0, bytesRead);
}
