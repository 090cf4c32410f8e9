/** The ReplicaSets of a Deployment: which one is the new one, which are old. */
import { sameJson } from '../../api/same-json.ts';
import type { PodTemplateSpec } from '../../api/pod.ts';
import type { Deployment, ReplicaSet } from '../../api/workload.ts';
import { resolveFenceposts } from '../int-or-percent.ts';

/** On ReplicaSets and their Pods: the hash of their template. */
export const hashLabel = 'pod-template-hash';

/** Deployment and sets as one reconciliation sees them. */
export interface Rollout {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  /** All others, oldest first. */
  readonly oldSets: readonly ReplicaSet[];
}

/** spec.replicas with its default. */
export function sizeWanted(object: { spec: { replicas?: number } }): number {
  return object.spec.replicas ?? 1;
}

/** How far a Deployment may go above and below its size. Recreate: not above, all below. */
export function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { strategy } = deployment.spec;
  if (strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const wanted = sizeWanted(deployment);
  const { surge, unavailable } = resolveFenceposts(
    strategy?.rollingUpdate?.maxSurge,
    strategy?.rollingUpdate?.maxUnavailable,
    wanted,
  );
  return { surge, unavailable: Math.min(unavailable, wanted) };
}

/** API: IsSaturated: the new set alone is all that is wanted, and it is there. */
export function isSaturated(deployment: Deployment, set: ReplicaSet | undefined, desired: number | undefined): boolean {
  const wanted = sizeWanted(deployment);
  return (
    set !== undefined &&
    sizeWanted(set) === wanted &&
    desired === wanted &&
    (set.status?.availableReplicas ?? 0) === wanted
  );
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  const { creationTimestamp: __, ...metadata } = template?.metadata ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** True when both make the same Pods. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return sameJson(withoutHash(a), withoutHash(b));
}

function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const x = a.metadata.creationTimestamp ?? '';
  const y = b.metadata.creationTimestamp ?? '';
  if (x !== y) return x < y ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** Sorts the sets of a Deployment. API: of several with the right template the oldest is the new one. */
export function rolloutOf(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const sorted = [...sets].sort(byAge);
  const newSet = sorted.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { deployment, newSet, oldSets: sorted.filter((set) => set !== newSet) };
}

/** All sets, old ones first. */
export function allSets(rollout: Rollout): ReplicaSet[] {
  return rollout.newSet === undefined ? [...rollout.oldSets] : [...rollout.oldSets, rollout.newSet];
}

/** The sum of spec.replicas. */
export function totalWanted(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeWanted(set), 0);
}
