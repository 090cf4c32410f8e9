/** The frame of tar archives (POSIX ustar, IEEE 1003.1): a block before each file, and padding behind it. Pure. */

/** Everything in a tar is in blocks of so many bytes. */
export const tarBlock = 512;

/** What stands at the end of an archive. */
export const tarEnd = Buffer.alloc(2 * tarBlock);

/** What fills the last block of a file. */
export const padding = (length: number): Buffer => Buffer.alloc((tarBlock - (length % tarBlock)) % tarBlock);

/** The block before a file that only its owner may read. `time` in Unix milliseconds. Throws an Error for a name that does not fit, or 8 GiB. */
export function tarHeader(path: string, length: number, time: number): Buffer {
  const [prefix, name] = divided(path);
  if (length >= 8 ** 11) throw new Error(`the file ${path} is too large for an archive`);
  const bytes = Buffer.alloc(tarBlock);
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
  bytes.write(prefix, 345);
  bytes.write(`${checksum(bytes).toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return bytes;
}

/** Name and length out of such a block; undefined at the end of an archive. Throws an Error for anything else. */
export function readTarHeader(bytes: Buffer): { name: string; length: number } | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  const text = (at: number, width: number): string => {
    const field = bytes.toString('utf8', at, at + width);
    const end = field.indexOf('\u0000');
    return end < 0 ? field : field.slice(0, end);
  };
  const [prefix, last, length] = [text(345, 155), text(0, 100), Number.parseInt(text(124, 12), 8)];
  const name = prefix === '' ? last : `${prefix}/${last}`;
  if (Number.parseInt(text(148, 8), 8) !== checksum(bytes) || name === '' || !(length >= 0))
    throw new Error('the archive is damaged');
  return { name, length };
}

/** A long path has its beginning in a field of its own, up to one of its slashes. */
function divided(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`the name ${path} is too long for an archive`);
}

/** The sum is taken with its own field full of spaces. */
function checksum(bytes: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of bytes.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}
