/** Copies of the store for backups: the database and the keys that open it, of one moment. */
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Snapshot } from '../api/snapshot.ts';
import type { StoreOnDisk } from './store.ts';

const prefix = 'snapshot-';
/** A snapshot that nobody took away in so many milliseconds was forgotten. */
const longest = 3600_000;

/** `quietly` runs work while keys stay as they are. */
export interface SnapshotOptions {
  readonly dir: string;
  readonly disk: StoreOnDisk;
  readonly keyFile: string;
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Makes one in a folder of its own in `dir`, for its owner only. Rejects when the disk is too full, leaving nothing. */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { dir, disk, keyFile, quietly } = options;
  await removeForgotten(options);
  const directory = await mkdtemp(join(dir, prefix));
  try {
    await quietly(async () => {
      await disk.copyTo(join(directory, 'state.db'));
      await copyFile(keyFile, join(directory, basename(keyFile)));
    });
    return { folder: basename(directory) };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function removeForgotten({ dir, now }: SnapshotOptions): Promise<void> {
  for (const name of (await readdir(dir)).filter((one) => one.startsWith(prefix))) {
    const path = join(dir, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < now() - longest) await rm(path, { recursive: true, force: true });
  }
}
