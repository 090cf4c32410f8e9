/** Tar archives (ustar, POSIX 1003.1) written the same way each time: no times, no names of this machine's users. */
import { createReadStream, statSync } from 'node:fs';

/** What an archive holds: a file's bytes or where they are, a directory, or a symbolic link. */
export interface Entry {
  /** Relative, without a leading slash; at most 100 bytes. */
  readonly path: string;
  readonly file?: string | Buffer | { readonly from: string };
  readonly link?: string;
  /** 0755 unless said. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

const block = 512;

function header(entry: Entry, size: number): Buffer {
  const type = entry.link !== undefined ? '2' : entry.file !== undefined ? '0' : '5';
  const bytes = Buffer.alloc(block);
  const text = (value: string, at: number, length: number): void => {
    if (Buffer.byteLength(value) > length) throw new Error(`"${value}" is too long for a tar archive`);
    bytes.write(value, at);
  };
  const octal = (value: number, at: number, length: number): void =>
    text(`${value.toString(8).padStart(length - 1, '0')}`, at, length);
  text(type === '5' ? `${entry.path}/` : entry.path, 0, 100);
  octal(entry.mode ?? 0o755, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  // the checksum is taken with eight spaces in its place
  text('        ', 148, 8);
  text(type, 156, 1);
  text(entry.link ?? '', 157, 100);
  text('ustar\u000000', 257, 8);
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return bytes;
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** The archive's bytes, piece by piece. */
export async function* tar(entries: readonly Entry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const { file } = entry;
    if (file === undefined) {
      yield header(entry, 0);
    } else if (typeof file === 'string' || Buffer.isBuffer(file)) {
      const content = Buffer.from(file);
      yield Buffer.concat([header(entry, content.length), content, padding(content.length)]);
    } else {
      const { size } = statSync(file.from);
      yield header(entry, size);
      for await (const piece of createReadStream(file.from, { highWaterMark: 1 << 20 })) yield piece as Buffer;
      yield padding(size);
    }
  }
  // two empty blocks end it
  yield Buffer.alloc(2 * block);
}
