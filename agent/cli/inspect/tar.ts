/** A tar archive in memory (POSIX ustar, IEEE 1003.1): for reports, which are small. Pure. */

/** One file. Names are at most 100 bytes. */
export interface TarFile {
  readonly name: string;
  readonly data: Buffer | string;
}

const block = 512;

/** The bytes of the archive; `time` in Unix milliseconds, files are for their owner only. Throws an Error for a name that is too long. */
export function tar(files: readonly TarFile[], time: number): Buffer {
  const parts = files.flatMap(({ name, data }) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data);
    return [header(name, bytes.length, time), bytes, Buffer.alloc((block - (bytes.length % block)) % block)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(name: string, length: number, time: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`the name ${name} is too long for an archive`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void => {
    bytes.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  };
  bytes.write(name, 0);
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(length, 124, 12);
  octal(Math.floor(time / 1000), 136, 12);
  bytes.write('0', 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  // the sum is taken with its own field full of spaces
  bytes.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return bytes;
}
