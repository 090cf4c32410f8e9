/** emptyDir volumes: a directory that lives as long as the Pod, on the disk or in memory. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EmptyDirVolumeSource, Pod } from '../../hub/api/pod.ts';
import { parseQuantity } from '../../hub/api/quantity.ts';
import { mountMemory } from './mount.ts';
import { giveToGroup, groupOwner } from './ownership.ts';
import { giveOnce, pathPart, type PodDirectory } from './pod-directory.ts';
import { VolumeError, type VolumeSources } from './volumes.ts';

/** One to put in place. */
export interface EmptyDirWork {
  readonly name: string;
  readonly source: EmptyDirVolumeSource;
  readonly pod: Pod;
  readonly place: PodDirectory;
  readonly memory: VolumeSources['memory'];
}

/** Makes it and answers where. Idempotent: what is in it stays. Rejects with VolumeError. */
export async function placeEmptyDir({ name, source, pod, place, memory }: EmptyDirWork): Promise<string> {
  const path = join(place.volumes, pathPart(name));
  const { medium = '' } = source;
  if (medium !== '' && medium !== 'Memory')
    throw new VolumeError(`emptyDir of medium ${medium} is not provided by this node`);
  await makeDirectory(path);
  const owner = groupOwner(pod, false);
  if (medium === 'Memory') {
    if (process.getuid?.() !== 0) throw new VolumeError('emptyDir of medium Memory needs an agent that runs as root');
    if (!(await isMounted(path))) await mountMemory(path, { bytes: memorySize(source, memory), ...owner });
  } else if (owner !== undefined) {
    await giveOnce(place, name, () => giveToGroup(path, owner));
  }
  return path;
}

/** API: the least of the node's memory, the Pod's limit and the volume's; bytes. */
export function memorySize({ sizeLimit }: EmptyDirVolumeSource, memory: VolumeSources['memory']): number {
  const limits = [memory.pod, sizeLimit === undefined ? undefined : parseQuantity(sizeLimit)];
  return Math.min(memory.node, ...limits.filter((limit) => limit !== undefined && limit > 0).map(Number));
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  // not through mkdir: the agent's umask would take from it
  await chmod(path, 0o777);
}

async function isMounted(path: string): Promise<boolean> {
  return (await stat(path)).dev !== (await stat(dirname(path))).dev;
}
