/** Gives the files of a volume to the Pod's fsGroup. */
import { chmod, chown, type FileHandle, lchown, readdir } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { Pod } from '../../hub/api/pod.ts';
import { ignoreMissing } from './missing.ts';
import { below, pathOf, pin } from './pinned.ts';
import { VolumeError } from './volumes.ts';

/** Who gets a volume. */
export interface GroupOwner {
  readonly group: number;
  /** The group may only read. */
  readonly readOnly: boolean;
  /** API: fsGroupChangePolicy OnRootMismatch. */
  readonly onlyIfRootDiffers: boolean;
}

/** Directories nested deeper than this are refused: each costs an open file. */
const deepest = 400;

const setGroupId = 0o2000;

/** The owner a Pod asks for; undefined when it asks for none, or this agent may not give files away. */
export function groupOwner(pod: Pod, readOnly: boolean): GroupOwner | undefined {
  const { fsGroup: group, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (group === undefined || process.getuid?.() !== 0) return undefined;
  return { group, readOnly, onlyIfRootDiffers: fsGroupChangePolicy === 'OnRootMismatch' };
}

/** Mode bits API fsGroup adds: the group reads, writes unless it is read-only, and what is made in a directory is its as well. */
export function groupBits(owner: GroupOwner, directory: boolean): number {
  const file = owner.readOnly ? 0o440 : 0o660;
  return directory ? file | 0o110 | setGroupId : file;
}

/** Gives it everything below `root` and, last, `root` itself: what was interrupted is seen to be unfinished. */
export async function giveToGroup(root: string, owner: GroupOwner): Promise<void> {
  const handle = await pin(root);
  try {
    const info = await handle.stat();
    if (owner.onlyIfRootDiffers && isGiven(info, owner)) return;
    await give(handle, info, owner, 0);
  } finally {
    await handle.close();
  }
}

function isGiven(info: Stats, owner: GroupOwner): boolean {
  const bits = groupBits(owner, info.isDirectory());
  return info.gid === owner.group && (info.mode & bits) === bits;
}

/** Containers may write meanwhile: every name is looked up once, and what was found is what is changed. */
async function give(handle: FileHandle, info: Stats, owner: GroupOwner, depth: number): Promise<void> {
  if (depth > deepest) throw new VolumeError(`fsGroup: directories are nested deeper than ${deepest}`);
  if (info.isDirectory()) {
    for (const name of await readdir(pathOf(handle), { encoding: 'buffer' })) {
      const child = await pin(below(handle, name)).catch(ignoreMissing);
      if (child === undefined) continue;
      try {
        const found = await child.stat();
        if (found.isSymbolicLink()) await lchown(below(handle, name), found.uid, owner.group);
        else await give(child, found, owner, depth + 1);
      } finally {
        await child.close();
      }
    }
  }
  if (isGiven(info, owner)) return;
  // chown takes away set-id bits, so the mode comes second
  await chown(pathOf(handle), info.uid, owner.group);
  await chmod(pathOf(handle), (info.mode & 0o7777) | groupBits(owner, info.isDirectory()));
}
