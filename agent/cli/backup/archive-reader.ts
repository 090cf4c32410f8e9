/** Unpacks a backup into a folder, and believes nothing in it that its list does not say. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { padding, readTarHeader, tarBlock } from '../tar-header.ts';
import { type BackupList, listName, readBackupList } from './backup-list.ts';

/** A list is no longer than this. */
const longestList = 4 * 1024 * 1024;

/** Reads `file` and writes what is in it below `folder` (files 0600). Rejects with one sentence when it is damaged, or of another version. */
export async function unpackBackup(file: string, folder: string, version: string): Promise<BackupList> {
  const source = createReadStream(file);
  const plain = createGunzip();
  source.once('error', (error) => plain.destroy(error));
  const bytes = new ByteReader(source.pipe(plain));
  try {
    const list = readBackupList((await entry(bytes, listName)).toString(), version);
    for (const { name, size, sha256 } of list.files) {
      const header = readTarHeader(await bytes.take(tarBlock));
      if (header?.name !== name || header.length !== size) throw new Error('the archive is not what its list says');
      if ((await write(bytes, join(folder, name), size)) !== sha256)
        throw new Error(`the backup is damaged: the digest of ${name} is not the one in its list`);
      await bytes.take(padding(size).length);
    }
    if (readTarHeader(await bytes.take(tarBlock)) !== undefined)
      throw new Error('the archive is not what its list says');
    return list;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_')) throw new Error('this is no backup of Coracle, or a damaged one', { cause: error });
    throw error;
  } finally {
    source.destroy();
    plain.destroy();
  }
}

/** The list is small, and the first file there is. */
async function entry(bytes: ByteReader, name: string): Promise<Buffer> {
  const header = readTarHeader(await bytes.take(tarBlock));
  if (header?.name !== name || header.length > longestList) throw new Error('this is no backup of Coracle');
  const data = await bytes.take(header.length);
  await bytes.take(padding(header.length).length);
  return data;
}

/** Answers the digest of what was written. */
async function write(bytes: ByteReader, path: string, size: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes.parts(size)) {
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Bytes out of a stream, as many as are asked for. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Rejects when there are fewer. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.parts(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** The same, as they come. */
  async *parts(length: number): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done === true) throw new Error('the backup is damaged: it ends too early');
    return value;
  }
}
