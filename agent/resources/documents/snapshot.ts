/** Everything the documents of a node tell, looked at once. */
import { statfs } from 'node:fs/promises';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { ContainerObservation, ContainerUsage } from '../../runtime/container.ts';
import type { ImageStorage } from '../../runtime/image.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { parseMemory, readCounters } from '../figures.ts';
import { readText } from '../machine.ts';

/** A file system: bytes and inodes. */
export interface FileSystem {
  readonly size: number;
  readonly free: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** Cores in use as measured last: of the node, and of each container by id. */
export interface Rates {
  readonly node: number | undefined;
  readonly containers: ReadonlyMap<string, number>;
}

/** A container that runs. */
export interface RunningContainer {
  readonly usage: ContainerUsage;
  readonly seen: ContainerObservation | undefined;
}

/** One look. Times are Unix milliseconds, memory in bytes. */
export interface Snapshot {
  readonly node: string;
  readonly at: number;
  readonly bootedAt: number;
  readonly cpus: number;
  /** Seconds of all processors since the boot. */
  readonly cpuSeconds: number;
  readonly memory: { readonly total: number; readonly used: number; readonly available: number };
  readonly traffic: ReadonlyMap<string, { readonly received: number; readonly sent: number }>;
  readonly disk: FileSystem | undefined;
  readonly images: (ImageStorage & { readonly on: FileSystem | undefined }) | undefined;
  readonly rates: Rates;
  readonly pods: readonly Pod[];
  readonly containers: readonly RunningContainer[];
  /** All containers there are, also those that ended. */
  readonly known: readonly ContainerObservation[];
}

/** What a look needs. */
export interface SnapshotOptions {
  readonly node: string;
  /** A directory of the file system Pods write to. */
  readonly dir: string;
  readonly runtime: Pick<Runtime, 'list' | 'stats' | 'images'>;
  /** The Pods of this node, with the status they were last reported with. */
  readonly pods: () => readonly Pod[];
  readonly rates: () => Rates;
  readonly clock: Clock;
}

/** Looks. */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { runtime, clock, node, dir } = options;
  const at = clock.now();
  const [counters, observed, usages, memory, uptime, disk, storage] = await Promise.all([
    readCounters(at),
    runtime.list(),
    runtime.stats(),
    readText('/proc/meminfo'),
    readText('/proc/uptime'),
    fileSystem(dir),
    runtime.images?.storage(),
  ]);
  const seen = new Map(observed.containers.map((container) => [container.id, container]));
  return {
    ...{ node, at, disk },
    bootedAt: at - Number.parseFloat(uptime ?? '0') * 1000,
    cpus: counters.cpus,
    cpuSeconds: counters.busy,
    memory: parseMemory(memory ?? ''),
    traffic: counters.traffic,
    images: storage === undefined ? undefined : { ...storage, on: await fileSystem(storage.mountpoint) },
    rates: options.rates(),
    pods: options.pods(),
    containers: usages.map((usage) => ({ usage, seen: seen.get(usage.id) })),
    known: observed.containers,
  };
}

async function fileSystem(path: string): Promise<FileSystem | undefined> {
  const space = await statfs(path).catch(() => undefined);
  if (space === undefined) return undefined;
  const { blocks, bsize, bavail, files, ffree } = space;
  return { size: blocks * bsize, free: bavail * bsize, inodes: files, inodesFree: ffree };
}
