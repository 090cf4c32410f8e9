/** A directory of manifests, read and watched. It may come, go and come again. */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../hub/base/clock.ts';

/** One file: what it holds, or why it cannot be read. */
export type ManifestFile = { readonly name: string } & ({ readonly text: string } | { readonly error: string });

/** The directory. */
export interface Manifests {
  /** Its files by name, without hidden ones and directories; none when it is not there. */
  read(): Promise<ManifestFile[]>;
  /** Calls `listener` when something changed and was quiet for a moment since. The answer ends that. */
  watch(listener: () => void): () => void;
}

/** Bytes of a manifest. */
const largest = 1024 * 1024;
/** Files that are read: as many static Pods as the hub takes of a node. */
const most = 200;
/** Milliseconds of quiet after a change: who writes a file does it in steps. */
const quiet = 200;
/** Milliseconds to the next look when nothing can be watched. */
const slow = 10_000;

/** Makes it; nothing is read before it is asked for. */
export function openManifests({ dir, clock }: { dir: string; clock: Clock }): Manifests {
  return {
    async read() {
      const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const shown = names.filter((name) => !name.startsWith('.')).sort();
      const files = await Promise.all(shown.slice(0, most).map((name) => readManifest(join(dir, name), name)));
      const error = `this directory has more than ${most} files`;
      return [...files.filter((file) => file !== undefined), ...shown.slice(most).map((name) => ({ name, error }))];
    },
    watch(listener) {
      let watcher: FSWatcher | undefined;
      let cancel = (): void => {};
      let ended = false;
      const settle = (delay: number): void => {
        if (ended) return;
        cancel();
        cancel = clock.after(delay, () => {
          arm();
          listener();
        });
      };
      const arm = (): void => {
        watcher?.close();
        const place = nearest(dir);
        // above the directory much may happen: only its coming is of interest
        const heard = (): void => void ((place === dir || nearest(dir) !== place) && settle(quiet));
        try {
          watcher = watch(place, { persistent: false }, heard);
          watcher.on('error', () => settle(slow));
        } catch {
          settle(slow);
        }
      };
      arm();
      return () => {
        ended = true;
        cancel();
        watcher?.close();
      };
    },
  };
}

/** The directory, or what is there of the way to it. */
function nearest(dir: string): string {
  let place = dir;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  return place;
}

async function readManifest(path: string, name: string): Promise<ManifestFile | undefined> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) return undefined;
    if (!about.isFile()) return { name, error: 'not a regular file' };
    const handle = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(largest + 1), 0, largest + 1, 0);
      if (bytesRead > largest) return { name, error: `larger than ${largest} bytes` };
      return { name, text: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    // it may have gone since
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { name, error: (error as Error).message };
  }
}
