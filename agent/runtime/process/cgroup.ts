/** Control groups for host processes, version 2 or 1, where this process may make them; without them only limits and exact usage are missing. */
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quotaOf, quotaPeriod, sharesOf, weightOf } from './cgroup-values.ts';
import type { Resources } from '../container.ts';

/** What one container's groups measured: CPU seconds, bytes of working set, and whether the kernel killed for memory. */
export interface CgroupUsage {
  readonly cpu: number;
  readonly memory: number;
  readonly oomKilled: boolean;
}

/** The groups of one container. */
export interface Cgroup {
  /** Files a process writes its pid into to join. */
  readonly joins: readonly string[];
  usage(): Promise<CgroupUsage | undefined>;
  /** Changes what may be used; without a limit there is none any more. */
  resize(resources: Resources): Promise<void>;
  /** Pids inside now. */
  members(): Promise<number[]>;
  /** Removes the empty groups. */
  remove(): Promise<void>;
}

/** Makes and finds groups; `name` is `<pod uid>/<container id>`. */
export interface Cgroups {
  readonly version: 1 | 2;
  create(name: string, resources: Resources): Promise<Cgroup>;
  open(name: string): Cgroup;
}

const numberIn = async (file: string): Promise<number> => Number(await readFile(file, 'utf8'));
const pidsIn = async (directory: string): Promise<number[]> =>
  (await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
const fieldIn = async (file: string, field: string): Promise<number> =>
  Number(new RegExp(`^${field} (\\d+)$`, 'm').exec(await readFile(file, 'utf8'))?.[1] ?? 0);

/** Writes what the kernel takes and ignores what it does not (a controller that is off). */
async function set(file: string, value: string): Promise<void> {
  await writeFile(file, value).catch(() => {});
}

async function setAll(values: readonly (readonly [file: string, value: string])[]): Promise<void> {
  for (const [file, value] of values) await set(file, value);
}

async function make(directories: readonly string[]): Promise<void> {
  for (const directory of directories) await mkdir(directory, { recursive: true });
}

async function removeAll(directories: readonly string[], parents: readonly string[]): Promise<void> {
  for (const directory of [...directories, ...parents]) await rmdir(directory).catch(() => {});
}

function second(root: string, top: string): Cgroups {
  const at = (name: string): string => join(root, top, name);
  const open = (name: string): Cgroup => ({
    joins: [join(at(name), 'cgroup.procs')],
    async usage() {
      try {
        const cpu = (await fieldIn(join(at(name), 'cpu.stat'), 'usage_usec')) / 1e6;
        const total = await numberIn(join(at(name), 'memory.current'));
        const idle = await fieldIn(join(at(name), 'memory.stat'), 'inactive_file');
        const oomKilled = (await fieldIn(join(at(name), 'memory.events'), 'oom_kill')) > 0;
        return { cpu, memory: Math.max(0, total - idle), oomKilled };
      } catch {
        return undefined;
      }
    },
    resize: ({ cpuLimit, cpuRequest, memoryLimit }) =>
      setAll([
        [join(at(name), 'cpu.max'), cpuLimit === undefined ? 'max' : `${quotaOf(cpuLimit)} ${quotaPeriod}`],
        [join(at(name), 'cpu.weight'), String(weightOf(sharesOf(cpuRequest ?? 0)))],
        [join(at(name), 'memory.max'), memoryLimit === undefined ? 'max' : String(Math.round(memoryLimit))],
      ]),
    members: () => pidsIn(at(name)),
    remove: () => removeAll([at(name)], [dirname(at(name))]),
  });
  return {
    version: 2,
    open,
    async create(name, resources) {
      const directory = at(name);
      await make([directory]);
      for (const parent of [root, join(root, top), dirname(directory)])
        for (const controller of ['+memory', '+cpu', '+pids'])
          await set(join(parent, 'cgroup.subtree_control'), controller);
      const cgroup = open(name);
      await cgroup.resize(resources);
      return cgroup;
    },
  };
}

function first(root: string, top: string): Cgroups {
  const at = (controller: string, name: string): string => join(root, controller, top, name);
  const open = (name: string): Cgroup => ({
    joins: ['cpu', 'memory'].map((controller) => join(at(controller, name), 'cgroup.procs')),
    async usage() {
      try {
        const cpu =
          (await numberIn(join(at('cpu', name), 'cpuacct.usage')).catch(() =>
            numberIn(join(at('cpuacct', name), 'cpuacct.usage')),
          )) / 1e9;
        const total = await numberIn(join(at('memory', name), 'memory.usage_in_bytes'));
        const idle = await fieldIn(join(at('memory', name), 'memory.stat'), 'total_inactive_file');
        const oomKilled = (await fieldIn(join(at('memory', name), 'memory.oom_control'), 'oom_kill')) > 0;
        return { cpu, memory: Math.max(0, total - idle), oomKilled };
      } catch {
        return undefined;
      }
    },
    resize: ({ cpuLimit, cpuRequest, memoryLimit }) =>
      setAll([
        [join(at('cpu', name), 'cpu.shares'), String(sharesOf(cpuRequest ?? 0))],
        [join(at('cpu', name), 'cpu.cfs_period_us'), String(quotaPeriod)],
        [join(at('cpu', name), 'cpu.cfs_quota_us'), String(cpuLimit === undefined ? -1 : quotaOf(cpuLimit))],
        [
          join(at('memory', name), 'memory.limit_in_bytes'),
          String(memoryLimit === undefined ? -1 : Math.round(memoryLimit)),
        ],
      ]),
    members: () => pidsIn(at('memory', name)),
    remove: () =>
      removeAll(
        ['cpu', 'memory'].map((c) => at(c, name)),
        ['cpu', 'memory'].map((c) => dirname(at(c, name))),
      ),
  });
  return {
    version: 1,
    open,
    async create(name, resources) {
      await make(['cpu', 'memory'].map((controller) => at(controller, name)));
      const cgroup = open(name);
      await cgroup.resize(resources);
      return cgroup;
    },
  };
}

/** The control groups this process may use, below a group named `top`; undefined when it may not. */
export async function findCgroups(top: string, root = '/sys/fs/cgroup'): Promise<Cgroups | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const writable = async (directory: string): Promise<boolean> => {
    try {
      await access(directory, constants.W_OK);
      const probe = join(directory, `${basename(top)}.probe`);
      await mkdir(probe);
      await rmdir(probe);
      return true;
    } catch {
      return false;
    }
  };
  const entries = await readdir(root).catch((): string[] => []);
  if (entries.includes('cgroup.controllers')) return (await writable(root)) ? second(root, top) : undefined;
  const both = (await writable(join(root, 'cpu'))) && (await writable(join(root, 'memory')));
  return both ? first(root, top) : undefined;
}
