/** What a StatefulSet does next: in order, one after the other, or all at once where it says Parallel. */
import { hasEnded } from '../../api/pod-phase.ts';
import type { StatefulSetStatus } from '../../api/stateful-set.ts';
import { resolveCount } from '../int-or-percent.ts';
import { isAvailable, type PodFacts } from '../pod-facts.ts';
import { isWanted, ordinals, type SpecifiedSet } from './identity.ts';

/** One of its Pods. `revision`: the name of the revision it was made of. */
export interface StatefulPod<T> {
  readonly ref: T;
  readonly ordinal: number;
  readonly facts: PodFacts;
  readonly revision: string;
}

/** The revision it comes from and the one it goes to. */
export interface Revisions {
  readonly current: string;
  readonly update: string;
}

/** Work to do. */
export interface StatefulPlan<T> {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly T[];
}

/** API: how many may be away while the set is renewed; a share is rounded down, and one always may. */
function mostUnavailable(set: SpecifiedSet): number {
  const said = set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return Math.max(1, resolveCount(said, set.spec.replicas ?? 1, 'down'));
}

function partition(set: SpecifiedSet): number | undefined {
  return set.spec.updateStrategy?.rollingUpdate?.partition;
}

/** API: numbers below the partition, or not yet reached by the update, are made of the old revision. */
function revisionFor(set: SpecifiedSet, ordinal: number, revisions: Revisions): string {
  const { start } = ordinals(set);
  if (set.spec.updateStrategy?.type === 'OnDelete') return revisions.update;
  return ordinal < start + (partition(set) ?? 0) ? revisions.current : revisions.update;
}

function runs(facts: PodFacts): boolean {
  return facts.phase === 'Running' && facts.ready;
}

/** The steps towards the right numbers; `busy` when the next one must wait for these. */
function fill<T>(
  set: SpecifiedSet,
  pods: ReadonlyMap<number, StatefulPod<T>>,
  revisions: Revisions,
  now: number,
): StatefulPlan<T> & { busy: boolean } {
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const minReady = set.spec.minReadySeconds ?? 0;
  const create: { ordinal: number; revision: string }[] = [];
  const remove: T[] = [];
  const { start, end } = ordinals(set);
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.get(ordinal);
    if (pod === undefined) create.push({ ordinal, revision: revisionFor(set, ordinal, revisions) });
    else if (hasEnded(pod.facts.phase) && !pod.facts.deleting) remove.push(pod.ref);
    else if (!pod.facts.deleting && runs(pod.facts) && isAvailable(pod.facts, minReady, now)) continue;
    if (ordered) return { create, remove, busy: true };
  }
  return { create, remove, busy: false };
}

/**
 * Those beyond the wanted numbers, the highest first; in order, each waits for the one before it. API: one that is not
 * healthy goes only when no lower one is unhealthy either; several of them stop the way down.
 */
function shrink<T>(set: SpecifiedSet, surplus: readonly StatefulPod<T>[], now: number): { remove: T[]; busy: boolean } {
  const sorted = [...surplus].sort((a, b) => b.ordinal - a.ordinal);
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  if (!ordered) return { remove: sorted.filter((pod) => !pod.facts.deleting).map((pod) => pod.ref), busy: false };
  const first = sorted[0];
  if (first === undefined) return { remove: [], busy: false };
  const minReady = set.spec.minReadySeconds ?? 0;
  const healthy = ({ facts }: StatefulPod<T>): boolean =>
    !facts.deleting && runs(facts) && isAvailable(facts, minReady, now);
  const stuck = !healthy(first) && sorted.slice(1).some((pod) => !healthy(pod));
  return { remove: first.facts.deleting || stuck ? [] : [first.ref], busy: true };
}

/** The next Pods to renew: from the highest number down to the partition, no more at a time than may be away. */
function renew<T>(set: SpecifiedSet, pods: ReadonlyMap<number, StatefulPod<T>>, { update }: Revisions): T[] {
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const { start, end } = ordinals(set);
  const chosen: T[] = [];
  let away = 0;
  for (let ordinal = end - 1; ordinal >= start + (partition(set) ?? 0); ordinal--) {
    if (away >= mostUnavailable(set)) break;
    const pod = pods.get(ordinal);
    const old = pod !== undefined && !pod.facts.deleting && pod.revision !== update;
    if (old) chosen.push(pod.ref);
    if (old || pod === undefined || pod.facts.deleting || !runs(pod.facts)) away += 1;
  }
  return chosen;
}

/** The next steps. */
export function statefulPlan<T>(
  set: SpecifiedSet,
  all: readonly StatefulPod<T>[],
  revisions: Revisions,
  now: number,
): StatefulPlan<T> {
  const inside = all.filter((pod) => isWanted(set, pod.ordinal));
  const pods = new Map(inside.map((pod) => [pod.ordinal, pod]));
  const filled = fill(set, pods, revisions, now);
  if (filled.busy) return { create: filled.create, remove: filled.remove };
  const shrunk = shrink(
    set,
    all.filter((pod) => !inside.includes(pod)),
    now,
  );
  const remove = [...filled.remove, ...shrunk.remove];
  if (shrunk.busy || filled.create.length > 0) return { create: filled.create, remove };
  return { create: filled.create, remove: [...remove, ...renew(set, pods, revisions)] };
}

/** The status, and with it whether an update is over: then the new revision becomes the current one. */
export function statefulStatus<T>(
  set: SpecifiedSet,
  all: readonly StatefulPod<T>[],
  revisions: Revisions,
  now: number,
): StatefulSetStatus {
  const minReady = set.spec.minReadySeconds ?? 0;
  const alive = all.filter((pod) => !pod.facts.deleting);
  const of = (revision: string): number => alive.filter((pod) => pod.revision === revision).length;
  const ready = all.filter((pod) => runs(pod.facts)).length;
  const available = all.filter((pod) => runs(pod.facts) && isAvailable(pod.facts, minReady, now)).length;
  const updated = of(revisions.update);
  const wanted = set.spec.replicas ?? 1;
  const rolling = set.spec.updateStrategy?.type !== 'OnDelete';
  const complete = rolling && updated === all.length && ready === all.length && all.length === wanted;
  const currentRevision = complete ? revisions.update : revisions.current;
  const current = of(currentRevision);
  const { generation } = set.metadata;
  const { conditions } = set.status ?? {};
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: all.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(current === 0 ? {} : { currentReplicas: current }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    currentRevision,
    updateRevision: revisions.update,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: available,
    ...(conditions === undefined ? {} : { conditions }),
  };
}
