/**
 * Removes a directory and everything in it, and never anything else.
 *
 * INVARIANTS: no symbolic link is followed, not even one that appears while this runs; what is mounted below is not
 * entered, and makes it reject; neither memory nor open files grow with the depth of the tree.
 */
import { type FileHandle, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoreMissing } from './missing.ts';
import { below, mountOf, pathOf, pinDirectory } from './pinned.ts';
import { VolumeError } from './volumes.ts';

/** Directories this deep are moved up before they are removed. */
const deepest = 64;

/** Idempotent. Rejects with VolumeError when something is mounted at or below `path`. */
export async function removeTree(path: string): Promise<void> {
  const parent = await pinDirectory(dirname(path)).catch(ignoreMissing);
  if (parent === undefined) return;
  try {
    const name = Buffer.from(path.slice(path.lastIndexOf('/') + 1));
    const root = await pinDirectory(below(parent, name)).catch(ignoreMissing);
    if (root === undefined) return;
    try {
      const removal: Removal = { path, mount: await mountOf(parent), root, moved: 0 };
      await refuseMount(removal, root);
      do {
        removal.moved = 0;
        await empty(removal, root, 0);
      } while (removal.moved > 0);
    } finally {
      await root.close();
    }
    await rmdir(below(parent, name));
  } finally {
    await parent.close();
  }
}

interface Removal {
  readonly path: string;
  readonly mount: string;
  readonly root: FileHandle;
  /** Directories moved to the root in this round. */
  moved: number;
}

async function empty(removal: Removal, directory: FileHandle, depth: number): Promise<void> {
  // names are bytes: a container may have written what is no UTF-8
  for (const entry of await readdir(pathOf(directory), { withFileTypes: true, encoding: 'buffer' })) {
    const path = below(directory, entry.name);
    if (!entry.isDirectory()) await unlink(path);
    else if (depth < deepest) await removeDirectory(removal, path, depth + 1);
    else await rename(path, below(removal.root, `..removing-${process.hrtime.bigint()}-${removal.moved++}`));
  }
}

async function removeDirectory(removal: Removal, path: Buffer, depth: number): Promise<void> {
  const directory = await pinDirectory(path);
  try {
    await refuseMount(removal, directory);
    await empty(removal, directory, depth);
  } finally {
    await directory.close();
  }
  await rmdir(path);
}

async function refuseMount({ path, mount }: Removal, directory: FileHandle): Promise<void> {
  if ((await mountOf(directory)) !== mount)
    throw new VolumeError(`something is still mounted in ${path}: nothing of that is removed`);
}
