/** What a Pod costs its node, against what it asked for; and who goes first. Pure. */
import type { Container } from '../../hub/api/container.ts';
import { parseQuantity } from '../../hub/api/quantity.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { configMirrorAnnotation, configSourceAnnotation } from '../../hub/api/static-pod.ts';
import type { Signal } from './signal.ts';

/** Bytes a container uses. `disk` is its writable layer and its logs. */
export interface ContainerCost {
  readonly memory: number;
  readonly disk: number;
}

/** What a Pod uses. */
export interface PodCost {
  readonly pod: Pod;
  readonly containers: ReadonlyMap<string, ContainerCost>;
  /** Bytes of its volumes on the node's disk, by volume. */
  readonly volumes: ReadonlyMap<string, number>;
  /** Files and directories in them. */
  readonly inodes: number;
}

/** Bytes of disk in all. */
export function diskOf({ containers, volumes }: PodCost): number {
  let sum = 0;
  for (const { disk } of containers.values()) sum += disk;
  for (const bytes of volumes.values()) sum += bytes;
  return sum;
}

/** Bytes of memory in all. */
function memoryOf({ containers }: PodCost): number {
  let sum = 0;
  for (const { memory } of containers.values()) sum += memory;
  return sum;
}

/** What a container asked for of a resource; 0 when it did not say. */
export function requestOf(container: Container, resource: string): number {
  const { requests, limits } = container.resources ?? {};
  return parseQuantity(requests?.[resource] ?? limits?.[resource] ?? '0') ?? 0;
}

/** API: what runs at once; init containers count where one alone asks for more, sidecars always. */
function requested({ spec }: Pod, resource: string): number {
  const own = spec.resources?.requests?.[resource];
  if (own !== undefined) return parseQuantity(own) ?? 0;
  let sum = spec.containers.reduce((total, container) => total + requestOf(container, resource), 0);
  let most = 0;
  for (const container of spec.initContainers ?? [])
    if (container.restartPolicy === 'Always') sum += requestOf(container, resource);
    else most = Math.max(most, requestOf(container, resource));
  return Math.max(sum, most) + (parseQuantity(spec.overhead?.[resource] ?? '0') ?? 0);
}

/** API: IsCriticalPod. Static Pods and those of the system's priorities are not ended for others. */
export function isCritical({ metadata, spec }: Pod): boolean {
  const annotations = metadata.annotations ?? {};
  const source = annotations[configSourceAnnotation];
  if (source !== undefined && source !== 'api') return true;
  if (annotations[configMirrorAnnotation] !== undefined) return true;
  return (spec.priority ?? 0) >= systemCritical;
}

const systemCritical = 2_000_000_000;

/**
 * API: who goes first. Those that use more than they asked for before those that do not, then by priority, then by how much
 * more. Process ids are counted by nobody: there only priority speaks.
 */
export function ranked(costs: readonly PodCost[], signal: Signal): PodCost[] {
  const priority = ({ pod }: PodCost): number => pod.spec.priority ?? 0;
  if (signal === 'pid.available') return [...costs].sort((a, b) => priority(a) - priority(b));
  const excess = new Map(costs.map((cost) => [cost, excessOf(cost, signal)]));
  const over = (cost: PodCost): number => excess.get(cost) ?? 0;
  return [...costs].sort(
    (a, b) => Number(over(b) > 0) - Number(over(a) > 0) || priority(a) - priority(b) || over(b) - over(a),
  );
}

function excessOf(cost: PodCost, signal: Signal): number {
  if (signal === 'memory.available') return memoryOf(cost) - requested(cost.pod, 'memory');
  // nobody can ask for inodes
  if (signal.endsWith('inodesFree')) return cost.inodes;
  return diskOf(cost) - requested(cost.pod, 'ephemeral-storage');
}
