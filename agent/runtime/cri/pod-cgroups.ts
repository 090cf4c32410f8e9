/**
 * The control groups of Pods, laid out as a kubelet does: `/kubepods[/<class>]/pod<uid>`, or slices of the same names where
 * the runtime leaves groups to systemd. The runtime makes containers' groups below; what Pods may use together is set here.
 */
import { readdir, readFile, rmdir, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../hub/base/clock.ts';
import { quotaOf, quotaPeriod, sharesOf, sharesOfWeight, weightOf } from '../process/cgroup-values.ts';
import type { PodResources, QosClass } from '../sandbox.ts';

/** Who makes the groups of containers: the runtime itself in the file system, or systemd. */
export type CgroupDriver = 'cgroupfs' | 'systemd';

/** The groups. */
export interface PodCgroups {
  /** What the runtime is told as the group above a Pod's containers. */
  parent(uid: string, qos: QosClass): string;
  /** True where limits can be set only once a process of the Pod is there: systemd makes the group with it. */
  readonly late: () => boolean;
  /** Makes the Pod's group, or changes it. What the kernel does not take (a controller that is off) is left out. */
  set(uid: string, resources: PodResources): Promise<void>;
  /** Removes the Pod's group and what was left in it. Resolves also when somebody still lives there. */
  remove(uid: string): Promise<void>;
}

const classes = { Guaranteed: '', Burstable: 'burstable', BestEffort: 'besteffort' } as const;

/** Milliseconds between tries to remove a group whose last process is just going. */
const tries = [0, 50, 100, 200, 400, 800];

/** The path of a Pod's group below the hierarchy. */
export function podGroup(driver: CgroupDriver, uid: string, qos: QosClass): string {
  const middle = classes[qos];
  if (driver === 'cgroupfs') return join('/kubepods', middle, `pod${uid}`);
  const above = middle === '' ? 'kubepods' : `kubepods-${middle}`;
  const slices = ['kubepods.slice', ...(middle === '' ? [] : [`${above}.slice`])];
  // in the name of a slice a dash leads to the next level
  return join('/', ...slices, `${above}-pod${uid.replaceAll('-', '_')}.slice`);
}

/** What a Pod's group is set to: file below the hierarchy (controller first in version 1) and value. */
export function groupValues(
  version: 1 | 2,
  resources: PodResources,
): [controller: string, file: string, value: string][] {
  const { cpuShares, cpuLimit, memoryLimit } = resources;
  const quota = cpuLimit === undefined ? undefined : String(quotaOf(cpuLimit));
  const memory = memoryLimit === undefined ? undefined : String(Math.round(memoryLimit));
  const shares = Math.max(sharesOf(0), cpuShares);
  if (version === 2)
    return [
      ['cpu', 'cpu.weight', String(weightOf(shares))],
      ['cpu', 'cpu.max', `${quota ?? 'max'} ${quotaPeriod}`],
      ['memory', 'memory.max', memory ?? 'max'],
    ];
  return [
    ['cpu', 'cpu.shares', String(shares)],
    ['cpu', 'cpu.cfs_period_us', String(quotaPeriod)],
    ['cpu', 'cpu.cfs_quota_us', quota ?? '-1'],
    ['memory', 'memory.limit_in_bytes', memory ?? '-1'],
  ];
}

/** Finds the hierarchy. `driver` is asked at each use: it is known once the runtime has answered. */
export async function findPodCgroups(options: {
  driver: () => CgroupDriver;
  clock: Clock;
  /** Where the kernel shows control groups. */
  root?: string;
}): Promise<PodCgroups> {
  const { driver, clock, root = '/sys/fs/cgroup' } = options;
  const hierarchies = await readdir(root).catch((): string[] => []);
  const version = hierarchies.includes('cgroup.controllers') ? 2 : 1;
  const top = (controller: string): string => (version === 2 ? root : join(root, controller));
  const set = (file: string, value: string): Promise<void> => writeFile(file, value).catch(() => {});

  async function make(path: string): Promise<void> {
    if (version === 1) {
      for (const controller of ['cpu', 'memory', 'pids']) await mkdir(join(top(controller), path), { recursive: true });
      return;
    }
    await mkdir(join(root, path), { recursive: true });
    const parts = path.split('/').filter(Boolean);
    for (let depth = 0; depth < parts.length; depth++)
      for (const controller of ['+cpu', '+memory', '+pids'])
        await set(join(root, ...parts.slice(0, depth), 'cgroup.subtree_control'), controller);
  }

  /** API: Pods of the class Burstable together weigh what they asked for, those that asked for nothing next to nothing. */
  async function weighClasses(): Promise<void> {
    const group = (qos: QosClass): string => join(podGroup(driver(), '', qos), '..');
    const file = version === 2 ? 'cpu.weight' : 'cpu.shares';
    const burstable = join(top('cpu'), group('Burstable'));
    let sum = 0;
    for (const entry of await readdir(burstable, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isDirectory()) continue;
      const value = Number(await readFile(join(burstable, entry.name, file), 'utf8').catch(() => 0));
      sum += version === 2 ? sharesOfWeight(value) : value;
    }
    const written = (shares: number): string => String(version === 2 ? weightOf(shares) : Math.min(262_144, shares));
    await set(join(burstable, file), written(Math.max(sharesOf(0), sum)));
    await set(join(top('cpu'), group('BestEffort'), file), written(sharesOf(0)));
  }

  return {
    late: () => driver() === 'systemd',
    parent(uid, qos) {
      const path = podGroup(driver(), uid, qos);
      return driver() === 'systemd' ? (path.split('/').at(-1) ?? '') : path;
    },
    async set(uid, resources) {
      const path = podGroup(driver(), uid, resources.qos);
      await make(path);
      for (const [controller, file, value] of groupValues(version, resources))
        await set(join(top(controller), path, file), value);
      await weighClasses();
    },
    async remove(uid) {
      const tops = version === 2 ? [root] : hierarchies.map((name) => join(root, name));
      const paths = (Object.keys(classes) as QosClass[]).flatMap((qos) =>
        tops.map((each) => join(each, podGroup(driver(), uid, qos))),
      );
      for (const delay of tries) {
        if (delay > 0) await clock.sleep(delay);
        const gone = await Promise.all(paths.map(removeTree));
        if (gone.every(Boolean)) break;
      }
      await weighClasses();
    },
  };
}

/** Removes a group and those below it, the deepest first. Answers whether nothing is left. */
async function removeTree(group: string): Promise<boolean> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return true;
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  return rmdir(group).then(
    () => true,
    () => false,
  );
}
