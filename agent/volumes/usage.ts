/** What the emptyDir volumes of a Pod use: a look at every file, so it is asked rarely. */
import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../hub/api/pod.ts';
import type { PodDirectory } from './pod-directory.ts';
import type { VolumeUsage } from './volumes.ts';

/** Files looked at in one volume; a volume with more is over every limit worth setting. */
const mostFiles = 200_000;

/** Walks them one after another. */
export async function emptyDirUsage(pod: Pod, { volumes }: PodDirectory): Promise<VolumeUsage[]> {
  const found: VolumeUsage[] = [];
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    if (emptyDir === undefined) continue;
    const path = join(volumes, name);
    const usage = await (emptyDir.medium === 'Memory' ? memoryUsage(path) : diskUsage(path)).catch(() => undefined);
    if (usage !== undefined) found.push({ name, memory: emptyDir.medium === 'Memory', ...usage });
  }
  return found;
}

type Counted = Pick<VolumeUsage, 'bytes' | 'inodes' | 'partial'>;

async function memoryUsage(path: string): Promise<Counted> {
  const { bsize, blocks, bfree, files, ffree } = await statfs(path);
  return { bytes: (blocks - bfree) * bsize, inodes: files - ffree, partial: false };
}

/** As du counts: blocks that are taken, a file with several names once; other file systems are not entered. */
async function diskUsage(root: string): Promise<Counted> {
  const { dev, blocks } = await lstat(root);
  const linked = new Set<number>();
  let bytes = blocks * 512;
  let inodes = 1;
  const directories = [root];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    // what goes away meanwhile is not counted
    for await (const entry of await opendir(directory).catch(() => [])) {
      if (inodes >= mostFiles) return { bytes, inodes, partial: true };
      const path = join(directory, entry.name);
      const info = await lstat(path).catch(() => undefined);
      if (info === undefined || info.dev !== dev) continue;
      if (info.isDirectory()) directories.push(path);
      else if (info.nlink > 1) {
        if (linked.has(info.ino)) continue;
        linked.add(info.ino);
      }
      bytes += info.blocks * 512;
      inodes++;
    }
  }
  return { bytes, inodes, partial: false };
}
