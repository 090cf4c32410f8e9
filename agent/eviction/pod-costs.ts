/** Measures what Pods use of memory and disk, when somebody has to know. */
import { join } from 'node:path';
import type { Pod } from '../../hub/api/pod.ts';
import type { ActivePod } from '../pods/pods.ts';
import type { ContainerUsage } from '../runtime/container.ts';
import type { ContainerCost, PodCost } from './cost.ts';
import { diskUsage } from './disk-usage.ts';
import { diskVolumes } from './local-limits.ts';

/** Where measures come from. */
export interface PodCostsOptions {
  readonly stats: () => Promise<readonly ContainerUsage[]>;
  /** Where containers' logs are, in the CRI's form; undefined where they are not limited by Pod. */
  readonly logsDir: string | undefined;
}

/** Measures these Pods now. */
export async function podCosts(
  pods: readonly ActivePod[],
  options: PodCostsOptions,
  signal: AbortSignal,
): Promise<PodCost[]> {
  const stats = await options.stats();
  const paths = pods.flatMap((one) => [...volumePaths(one).values(), ...logPaths(one.pod, options.logsDir).values()]);
  const sizes = await diskUsage(paths, signal);
  return pods.map((one) => {
    const { pod } = one;
    const logs = logPaths(pod, options.logsDir);
    const containers = new Map<string, ContainerCost>();
    for (const [name, path] of logs) containers.set(name, { memory: 0, disk: sizes.get(path) ?? 0 });
    for (const { pod: owner, name, memory, disk = 0 } of stats) {
      if (owner.uid !== pod.metadata.uid) continue;
      containers.set(name, { memory, disk: disk + (containers.get(name)?.disk ?? 0) });
    }
    const volumes = new Map([...volumePaths(one)].map(([name, path]) => [name, sizes.get(path) ?? 0]));
    return { pod, containers, volumes };
  });
}

function volumePaths({ pod, volumes }: ActivePod): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of diskVolumes(pod)) {
    const path = volumes.get(name);
    if (path !== undefined) found.set(name, path);
  }
  return found;
}

/** CRI: `<namespace>_<name>_<uid>/<container>`. */
function logPaths({ metadata, spec }: Pod, logsDir: string | undefined): Map<string, string> {
  if (logsDir === undefined) return new Map();
  const { namespace, name, uid } = metadata;
  const own = join(logsDir, `${namespace}_${name}_${uid}`);
  return new Map([...(spec.initContainers ?? []), ...spec.containers].map((each) => [each.name, join(own, each.name)]));
}
