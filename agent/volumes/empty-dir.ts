/** emptyDir volumes: a directory that lives as long as the Pod, on the disk or in memory. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EmptyDirVolumeSource, Pod } from '../../hub/api/pod.ts';
import { parseQuantity } from '../../hub/api/quantity.ts';
import { mountMemory } from './mount.ts';
import { giveToGroup, groupOwner } from './ownership.ts';
import { VolumeError, type VolumeSources } from './volumes.ts';

/** Makes it at `path`. Idempotent: what is in it stays. Rejects with VolumeError. */
export async function placeEmptyDir(
  source: EmptyDirVolumeSource,
  path: string,
  pod: Pod,
  memory: VolumeSources['memory'],
): Promise<void> {
  const medium = source.medium ?? '';
  if (medium !== '' && medium !== 'Memory')
    throw new VolumeError(`emptyDir of medium ${medium} is not provided by this node`);
  const made = await makeDirectory(path);
  if (medium === 'Memory' && !(await isMounted(path))) {
    if (process.getuid?.() !== 0) throw new VolumeError('emptyDir of medium Memory needs an agent that runs as root');
    await mountMemory(path, memorySize(source, memory));
  }
  const owner = groupOwner(pod, false);
  // the root is given away last, so that one which was interrupted is finished now
  if (owner !== undefined) await giveToGroup(path, { ...owner, onlyIfRootDiffers: !made });
}

/** API: the least of the node's memory, the Pod's limit and the volume's; bytes. */
export function memorySize({ sizeLimit }: EmptyDirVolumeSource, memory: VolumeSources['memory']): number {
  const limits = [memory.pod, sizeLimit === undefined ? undefined : parseQuantity(sizeLimit)];
  return Math.min(memory.node, ...limits.filter((limit) => limit !== undefined && limit > 0).map(Number));
}

async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
  // not through mkdir: the agent's umask would take from it
  await chmod(path, 0o777);
  return true;
}

async function isMounted(path: string): Promise<boolean> {
  return (await stat(path)).dev !== (await stat(dirname(path))).dev;
}
