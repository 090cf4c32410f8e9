/** How big each ReplicaSet of a Deployment should be now: rolling step by step, or sharing out a change of size. */
import type { ReplicaSet } from '../../api/workload.ts';
import { desiredAnnotation, maxAnnotation, sizeOf } from './annotations.ts';
import { allSets, fenceposts, isSaturated, type Rollout, sizeWanted, totalWanted } from './sets.ts';

/** A set and the size it should get. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly size: number;
}

const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;

/** Replicas that are available and stay so: those above spec.replicas are about to go, whatever an older status says. */
const lasting = (set: ReplicaSet): number => Math.min(available(set), sizeWanted(set));

/** The size of the newest set, given what the others still hold. API: NewRSNewReplicas. */
export function newSetSize(rollout: Rollout, size: number): number {
  const { deployment } = rollout;
  const wanted = sizeWanted(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  const room = wanted + fenceposts(deployment).surge - totalWanted(allSets(rollout));
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/** The step of a rolling update that makes the newest set grow (or shrink to what is wanted). */
export function growNew(rollout: Rollout): Resize | undefined {
  const { newSet, deployment } = rollout;
  if (newSet === undefined) return undefined;
  const now = sizeWanted(newSet);
  const wanted = sizeWanted(deployment);
  if (now === wanted) return undefined;
  const size = now > wanted ? wanted : newSetSize(rollout, now);
  return size === now ? undefined : { set: newSet, size };
}

/** The step of a rolling update that makes old sets shrink: what is broken first, then the oldest. */
export function shrinkOld(rollout: Rollout): Resize[] {
  const { deployment, newSet, oldSets } = rollout;
  if (totalWanted(oldSets) === 0) return [];
  const least = sizeWanted(deployment) - fenceposts(deployment).unavailable;
  const newMissing = newSet === undefined ? 0 : Math.max(0, sizeWanted(newSet) - available(newSet));
  const mayGo = totalWanted(allSets(rollout)) - least - newMissing;
  if (mayGo <= 0) return [];
  const sizes = new Map(oldSets.map((set) => [set, sizeWanted(set)]));
  let cleaned = 0;
  for (const set of oldSets) {
    const broken = Math.max(0, sizeWanted(set) - available(set));
    const count = Math.min(mayGo - cleaned, broken);
    if (count <= 0) continue;
    sizes.set(set, sizeWanted(set) - count);
    cleaned += count;
  }
  let spare = allSets(rollout).reduce((sum, set) => sum + lasting(set), 0) - least;
  for (const set of oldSets) {
    const size = sizes.get(set) ?? 0;
    const count = Math.min(Math.max(0, spare), size);
    sizes.set(set, size - count);
    spare -= count;
  }
  return resized(sizes);
}

function resized(sizes: ReadonlyMap<ReplicaSet, number>): Resize[] {
  return [...sizes].filter(([set, size]) => size !== sizeWanted(set)).map(([set, size]) => ({ set, size }));
}

/** What scaling down for a Recreate does. */
export function emptyOld(rollout: Rollout): Resize[] {
  return resized(new Map(rollout.oldSets.map((set) => [set, 0])));
}

/** True when somebody changed the size of the Deployment since its sets were last sized. */
export function isScaling(rollout: Rollout): boolean {
  return allSets(rollout).some((set) => {
    const desired = sizeOf(set, desiredAnnotation);
    return sizeWanted(set) > 0 && desired !== undefined && desired !== sizeWanted(rollout.deployment);
  });
}

/** What a change of size means to a set in proportion to what it has. API: getReplicaSetFraction. */
function fraction(rollout: Rollout, set: ReplicaSet): number {
  const wanted = sizeWanted(rollout.deployment);
  if (wanted === 0) return -sizeWanted(set);
  const most = wanted + fenceposts(rollout.deployment).surge;
  const mostBefore = sizeOf(set, maxAnnotation) ?? rollout.deployment.status?.replicas ?? most;
  return Math.round((sizeWanted(set) * most) / Math.max(1, mostBefore)) - sizeWanted(set);
}

function newest(sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.at(-1);
}

/** The only set with Pods, or the newest one when none has any; undefined when several have. */
function onlyActive(rollout: Rollout): ReplicaSet | undefined {
  const active = allSets(rollout).filter((set) => sizeWanted(set) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? rollout.newSet ?? newest(rollout.oldSets);
}

/** Shares `change` out over the active sets, the biggest first. */
function inProportion(rollout: Rollout): Resize[] {
  const active = allSets(rollout).filter((set) => sizeWanted(set) > 0);
  const { deployment } = rollout;
  const wanted = sizeWanted(deployment);
  const allowed = wanted > 0 ? wanted + fenceposts(deployment).surge : 0;
  const change = allowed - totalWanted(active);
  const direction = change > 0 ? 1 : -1;
  const order = new Map(active.map((set, at) => [set, at]));
  const sorted = [...active].sort(
    (a, b) => sizeWanted(b) - sizeWanted(a) || direction * ((order.get(b) ?? 0) - (order.get(a) ?? 0)),
  );
  const sizes = new Map<ReplicaSet, number>();
  let shared = 0;
  for (const set of sorted) {
    const left = change - shared;
    const part =
      change === 0 ? 0 : change > 0 ? Math.min(fraction(rollout, set), left) : Math.max(fraction(rollout, set), left);
    sizes.set(set, sizeWanted(set) + part);
    shared += part;
  }
  const first = sorted[0];
  if (first !== undefined && change !== shared)
    sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + change - shared));
  return [...sizes].map(([set, size]) => ({ set, size }));
}

/** The sizes after the Deployment's own size changed. Sets that keep their size are named too: their annotations are due. */
export function scaleAll(rollout: Rollout): Resize[] {
  const only = onlyActive(rollout);
  if (only !== undefined) return [{ set: only, size: sizeWanted(rollout.deployment) }];
  const desired = rollout.newSet === undefined ? undefined : sizeOf(rollout.newSet, desiredAnnotation);
  if (isSaturated(rollout.deployment, rollout.newSet, desired)) return emptyOld(rollout);
  if (rollout.deployment.spec.strategy?.type === 'Recreate') return [];
  return inProportion(rollout);
}

/** Old sets beyond revisionHistoryLimit that hold nothing, oldest revision first. */
export function surplusSets(rollout: Rollout, revisionOf: (set: ReplicaSet) => bigint): ReplicaSet[] {
  const limit = rollout.deployment.spec.revisionHistoryLimit;
  if (limit === undefined) return [];
  const alive = rollout.oldSets.filter((set) => set.metadata.deletionTimestamp === undefined);
  const sorted = [...alive].sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1));
  return sorted
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      (set) =>
        sizeWanted(set) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    );
}
