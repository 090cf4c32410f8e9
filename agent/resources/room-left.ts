/** What is left of memory, disks and process ids now: a few small reads, cheap enough for every few seconds. */
import { statfs } from 'node:fs/promises';
import type { Readings } from '../eviction/signal.ts';
import { parseMemory } from './figures.ts';
import { readText } from './machine.ts';

/** Where to look. `imageDir` is a directory of the file system images lie on; undefined while nobody knows. */
export interface RoomOptions {
  readonly nodeDir: string;
  readonly imageDir: string | undefined;
}

/** Measures. What cannot be measured is left out. */
export async function readRoom({ nodeDir, imageDir }: RoomOptions): Promise<Readings> {
  const { total, available } = parseMemory((await readText('/proc/meminfo')) ?? '');
  const pids = await readPids();
  const node = await readDisk(nodeDir);
  const images = imageDir === undefined ? undefined : await readDisk(imageDir);
  return {
    ...(total > 0 ? { 'memory.available': { available, capacity: total } } : {}),
    ...(pids === undefined ? {} : { 'pid.available': pids }),
    ...(node === undefined ? {} : { 'nodefs.available': node.space }),
    ...(node?.inodes === undefined ? {} : { 'nodefs.inodesFree': node.inodes }),
    ...(images === undefined ? {} : { 'imagefs.available': images.space }),
    ...(images?.inodes === undefined ? {} : { 'imagefs.inodesFree': images.inodes }),
  };
}

interface Left {
  readonly available: number;
  readonly capacity: number;
}

/** Some file systems have no fixed number of inodes. */
async function readDisk(path: string): Promise<{ space: Left; inodes?: Left } | undefined> {
  const found = await statfs(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const space = { available: found.bavail * found.bsize, capacity: found.blocks * found.bsize };
  return { space, ...(found.files > 0 ? { inodes: { available: found.ffree, capacity: found.files } } : {}) };
}

/** proc(5): the fourth field of loadavg counts all threads there are. */
async function readPids(): Promise<Left | undefined> {
  const threads = /\/(\d+)/.exec((await readText('/proc/loadavg')) ?? '')?.[1];
  const limits = [await readText('/proc/sys/kernel/pid_max'), await readText('/proc/sys/kernel/threads-max')];
  const capacity = Math.min(...limits.map((limit) => Number(limit ?? Number.POSITIVE_INFINITY)));
  if (threads === undefined || !Number.isFinite(capacity)) return undefined;
  return { available: Math.max(0, capacity - Number(threads)), capacity };
}
