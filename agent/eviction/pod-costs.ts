/** Measures what Pods use of memory and disk, when somebody has to know. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../hub/api/pod.ts';
import type { ContainerUsage } from '../runtime/container.ts';
import type { VolumeUsage } from '../volumes/volumes.ts';
import type { ContainerCost, PodCost } from './cost.ts';

/** Where measures come from. */
export interface PodCostsOptions {
  readonly stats: () => Promise<readonly ContainerUsage[]>;
  readonly volumes: (pod: Pod) => Promise<readonly VolumeUsage[]>;
  /** Where containers' logs are, in the CRI's form; undefined where they do not count as the Pod's. */
  readonly logsDir: string | undefined;
}

/** Measures these Pods now, one after another. */
export async function podCosts(pods: readonly Pod[], options: PodCostsOptions): Promise<PodCost[]> {
  const stats = await options.stats();
  const costs: PodCost[] = [];
  for (const pod of pods) {
    const containers = await logCosts(pod, options.logsDir);
    for (const { pod: owner, name, memory, disk = 0 } of stats) {
      if (owner.uid !== pod.metadata.uid) continue;
      containers.set(name, { memory, disk: disk + (containers.get(name)?.disk ?? 0) });
    }
    const usage = (await options.volumes(pod)).filter((volume) => !volume.memory);
    costs.push({
      pod,
      containers,
      volumes: new Map(usage.map(({ name, bytes }) => [name, bytes])),
      inodes: usage.reduce((sum, { inodes }) => sum + inodes, 0),
    });
  }
  return costs;
}

/** CRI: logs lie in `<namespace>_<name>_<uid>/<container>`. */
async function logCosts({ metadata, spec }: Pod, logsDir: string | undefined): Promise<Map<string, ContainerCost>> {
  const costs = new Map<string, ContainerCost>();
  if (logsDir === undefined) return costs;
  const own = join(logsDir, `${metadata.namespace}_${metadata.name}_${metadata.uid}`);
  for (const { name } of [...(spec.initContainers ?? []), ...spec.containers])
    costs.set(name, { memory: 0, disk: await filesIn(join(own, name)) });
  return costs;
}

/** Bytes the files of a directory take; 0 when it is not there. */
async function filesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory).catch((): string[] => [])) {
    // what goes away meanwhile is not counted
    const info = await lstat(join(directory, name)).catch(() => undefined);
    bytes += (info?.blocks ?? 0) * 512;
  }
  return bytes;
}
