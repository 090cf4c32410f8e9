/** An archive of images (OCI image layout, or what `docker save` writes) as places in a file, so that parts of it can be left out. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { padding, readTarHeader, tarBlock, tarEnd } from '../tar-header.ts';

/** A file in the archive: where its header is, and how long it is. */
export interface ArchiveEntry {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  /** `sha256:…` of a blob of an OCI layout. */
  readonly digest?: string;
}

/** Archives have fewer files than this. */
const mostEntries = 100_000;
const blobForm = /^(?:\.\/)?blobs\/sha256\/([0-9a-f]{64})$/;

/** Reads where everything is. Rejects with one sentence for what is no archive. */
export async function readArchive(file: string): Promise<ArchiveEntry[]> {
  const handle = await open(file, 'r');
  try {
    return await entriesOf(handle, file);
  } finally {
    await handle.close();
  }
}

async function entriesOf(handle: FileHandle, file: string): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  const { size: whole } = await handle.stat();
  const head = Buffer.alloc(tarBlock);
  let at = 0;
  while (at + tarBlock <= whole && entries.length < mostEntries) {
    await handle.read(head, 0, tarBlock, at);
    const header = headerOf(head, file);
    if (header === undefined) break;
    const { name, length } = header;
    const [, hash] = blobForm.exec(name) ?? [];
    entries.push({ name, at, size: length, ...(hash === undefined ? {} : { digest: `sha256:${hash}` }) });
    at += tarBlock + length + padding(length).length;
  }
  const names = new Set(entries.map(({ name }) => name.replace(/^\.\//, '')));
  if (!names.has('index.json') && !names.has('manifest.json'))
    throw new Error(`${file} is no archive of images (tar; unpack what is compressed)`);
  if (at > whole) throw new Error(`${file} is cut off`);
  return entries;
}

function headerOf(head: Buffer, file: string): ReturnType<typeof readTarHeader> {
  try {
    return readTarHeader(head);
  } catch (cause) {
    throw new Error(`${file} is no archive of images (tar; unpack what is compressed), or is damaged`, { cause });
  }
}

/** The bytes of these entries as an archive of their own. */
export async function* archiveOf(file: string, entries: readonly ArchiveEntry[]): AsyncGenerator<Buffer> {
  for (const { at, size } of entries) {
    const end = at + tarBlock + size + padding(size).length - 1;
    for await (const chunk of createReadStream(file, { start: at, end })) yield chunk as Buffer;
  }
  yield tarEnd;
}

/** The bytes of one entry. */
export async function* contentOf(file: string, { at, size }: ArchiveEntry): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const start = at + tarBlock;
  for await (const chunk of createReadStream(file, { start, end: start + size - 1 })) yield chunk as Buffer;
}
