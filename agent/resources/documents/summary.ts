/** stats/summary: what the node and each of its Pods use. API: kubelet stats/v1alpha1. Pure. */
import { timestamp } from '../../../hub/api/object.ts';
import type { FileSystem, RunningContainer, Snapshot } from './snapshot.ts';

interface Cpu {
  readonly time: string;
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds: number;
}

interface Memory {
  readonly time: string;
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  readonly workingSetBytes: number;
}

function cpuOf(time: string, seconds: number, cores: number | undefined): Cpu {
  return {
    time,
    ...(cores === undefined ? {} : { usageNanoCores: Math.round(cores * 1e9) }),
    usageCoreNanoSeconds: Math.round(seconds * 1e9),
  };
}

function fsOf(time: string, space: FileSystem | undefined, used?: number): object | undefined {
  if (space === undefined) return used === undefined ? undefined : { time, usedBytes: used };
  return {
    time,
    availableBytes: space.free,
    capacityBytes: space.size,
    usedBytes: used ?? space.size - space.free,
    inodesFree: space.inodesFree,
    inodes: space.inodes,
    inodesUsed: space.inodes - space.inodesFree,
  };
}

function networkOf(time: string, traffic: Snapshot['traffic']): object | undefined {
  const interfaces = [...traffic].map(([name, { received, sent }]) => ({ name, rxBytes: received, txBytes: sent }));
  const [first] = interfaces;
  return first === undefined ? undefined : { time, ...first, interfaces };
}

/** Leaves out what is not known. */
function known(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function containerOf(snapshot: Snapshot, time: string, { usage, seen }: RunningContainer): object {
  const { disk } = snapshot;
  return known({
    name: usage.name,
    startTime: seen?.startedAt === undefined ? undefined : timestamp(seen.startedAt),
    cpu: cpuOf(time, usage.cpu, snapshot.rates.containers.get(usage.id)),
    memory: { time, workingSetBytes: usage.memory },
    rootfs: usage.disk === undefined ? undefined : fsOf(time, snapshot.images?.on ?? disk, usage.disk),
  });
}

function podOf(snapshot: Snapshot, time: string, containers: readonly RunningContainer[]): object {
  const [{ usage: first }] = containers as [RunningContainer];
  const { uid, name, namespace } = first.pod;
  const pod = snapshot.pods.find((one) => one.metadata.uid === uid);
  const sum = (of: (one: RunningContainer) => number | undefined): number =>
    containers.reduce((total, one) => total + (of(one) ?? 0), 0);
  const measured = containers.every(({ usage }) => snapshot.rates.containers.has(usage.id));
  const cores = measured ? sum(({ usage }) => snapshot.rates.containers.get(usage.id)) : undefined;
  const workingSetBytes = sum(({ usage }) => usage.memory);
  const disk = containers.some(({ usage }) => usage.disk !== undefined);
  return known({
    podRef: { name, namespace, uid },
    startTime: pod?.status?.startTime,
    containers: containers.map((one) => containerOf(snapshot, time, one)),
    cpu: cpuOf(
      time,
      sum(({ usage }) => usage.cpu),
      cores,
    ),
    memory: { time, workingSetBytes },
    'ephemeral-storage': disk
      ? fsOf(
          time,
          snapshot.disk,
          sum(({ usage }) => usage.disk),
        )
      : undefined,
  });
}

/** The containers of each Pod. */
export function byPod(containers: readonly RunningContainer[]): RunningContainer[][] {
  const pods = new Map<string, RunningContainer[]>();
  for (const container of containers) {
    const { uid } = container.usage.pod;
    const others = pods.get(uid);
    if (others === undefined) pods.set(uid, [container]);
    else others.push(container);
  }
  return [...pods.values()];
}

/** The document. */
export function summary(snapshot: Snapshot): object {
  const time = timestamp(snapshot.at);
  const { memory, images } = snapshot;
  const node = known({
    nodeName: snapshot.node,
    startTime: timestamp(snapshot.bootedAt),
    cpu: cpuOf(time, snapshot.cpuSeconds, snapshot.rates.node),
    memory: {
      time,
      availableBytes: memory.available,
      usageBytes: memory.used,
      workingSetBytes: memory.used,
    } satisfies Memory,
    network: networkOf(time, snapshot.traffic),
    fs: fsOf(time, snapshot.disk),
    runtime: images === undefined ? undefined : { imageFs: fsOf(time, images.on, images.bytes) },
  });
  return { node, pods: byPod(snapshot.containers).map((containers) => podOf(snapshot, time, containers)) };
}
