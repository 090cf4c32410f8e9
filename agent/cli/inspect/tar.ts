/** A tar archive in memory: for reports, which are small. Pure. */
import { padding, tarEnd, tarHeader } from '../tar-header.ts';

/** One file. Names are at most 100 bytes. */
export interface TarFile {
  readonly name: string;
  readonly data: Buffer | string;
}

/** The bytes of the archive; `time` in Unix milliseconds, files are for their owner only. Throws an Error for a name that is too long. */
export function tar(files: readonly TarFile[], time: number): Buffer {
  const parts = files.flatMap(({ name, data }) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data);
    return [tarHeader(name, bytes.length, time), bytes, padding(bytes.length)];
  });
  return Buffer.concat([...parts, tarEnd]);
}
