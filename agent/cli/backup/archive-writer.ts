/** Writes a backup: a gzipped tar that begins with a list of what is in it, each file with its size and digest. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { padding, tarEnd, tarHeader } from '../tar-header.ts';
import { type BackupList, listName } from './backup-list.ts';

/** A file to put in: where it is, and what it is called in there. */
export interface BackupSource {
  readonly path: string;
  readonly name: string;
}

/** What was written. */
export interface WrittenBackup {
  /** SHA-256 of the whole archive, in hexadecimal. */
  readonly digest: string;
  readonly bytes: number;
}

/** Writes `file` (mode 0600): whole, or not at all. Sources must not change meanwhile. */
export async function writeBackup(
  file: string,
  about: Omit<BackupList, 'files'>,
  sources: readonly BackupSource[],
): Promise<WrittenBackup> {
  const files = await Promise.all(
    sources.map(async ({ path, name }) => ({ name, size: (await stat(path)).size, sha256: await digestOf(path) })),
  );
  const draft = `${file}.new`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(
      Readable.from(content({ ...about, files }, sources)),
      createGzip(),
      async function* measured(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(draft, { mode: 0o600, flags: 'wx', flush: true }),
    );
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return { digest: hash.digest('hex'), bytes };
}

async function* content(list: BackupList, sources: readonly BackupSource[]): AsyncGenerator<Buffer> {
  const time = Date.parse(list.created);
  const text = Buffer.from(`${JSON.stringify(list, null, 2)}\n`);
  yield* [tarHeader(listName, text.length, time), text, padding(text.length)];
  for (const [index, { path, name }] of sources.entries()) {
    const size = list.files[index]?.size ?? 0;
    yield tarHeader(name, size, time);
    if (size > 0) for await (const chunk of createReadStream(path, { end: size - 1 })) yield chunk as Buffer;
    yield padding(size);
  }
  yield tarEnd;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
