/** The few facts of a Pod that controllers count, read once for each state of it. */
import { controllerOf, type OwnerReference } from '../api/object.ts';
import { hasEnded } from '../api/pod-phase.ts';
import type { Pod } from '../api/pod.ts';
import type { Entry } from '../registry/registry.ts';

/** Facts of one Pod. Times are Unix milliseconds. */
export interface PodFacts {
  readonly controller: OwnerReference | undefined;
  readonly node: string;
  readonly phase: string;
  /** True from the moment deletion was asked for. */
  readonly deleting: boolean;
  /** Neither finished nor being deleted. API: IsPodActive. */
  readonly active: boolean;
  readonly ready: boolean;
  readonly readySince: number;
  readonly created: number;
  readonly restarts: number;
  /** API: controller.kubernetes.io/pod-deletion-cost. */
  readonly deletionCost: number;
}

/** Reads the facts. */
export function podFacts(pod: Pod): PodFacts {
  const { metadata, spec, status } = pod;
  const condition = status?.conditions?.find((one) => one.type === 'Ready');
  const phase = status?.phase ?? 'Pending';
  const deleting = metadata.deletionTimestamp !== undefined;
  const containers = status?.containerStatuses ?? [];
  const cost = Number(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0');
  return {
    controller: controllerOf(pod),
    node: spec.nodeName ?? '',
    phase,
    deleting,
    active: !deleting && !hasEnded(phase),
    ready: condition?.status === 'True',
    readySince: Date.parse(condition?.lastTransitionTime ?? '') || 0,
    created: Date.parse(metadata.creationTimestamp ?? '') || 0,
    restarts: containers.reduce((most, one) => Math.max(most, one.restartCount), 0),
    deletionCost: Number.isInteger(cost) ? cost : 0,
  };
}

/** True when the Pod is ready and has been so for `minReadySeconds`. API: IsPodAvailable. */
export function isAvailable(facts: PodFacts, minReadySeconds: number, now: number): boolean {
  if (!facts.ready) return false;
  return minReadySeconds === 0 || (facts.readySince > 0 && facts.readySince + minReadySeconds * 1000 <= now);
}

/** Facts by entry. Entries never change, so nothing here is ever stale, and what is dropped is dropped with its entry. */
export class PodFactsCache {
  readonly #facts = new WeakMap<Entry, PodFacts>();

  of(entry: Entry): PodFacts {
    let facts = this.#facts.get(entry);
    if (facts === undefined) {
      facts = podFacts(entry.object<Pod>());
      this.#facts.set(entry, facts);
    }
    return facts;
  }
}
