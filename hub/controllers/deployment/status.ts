/** The status of a Deployment and the conditions that say how its rollout goes. */
import { timestamp } from '../../api/object.ts';
import type { DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/workload.ts';
import { allSets, fenceposts, type Rollout, sizeWanted, totalWanted } from './sets.ts';

const progressing = 'Progressing';
const deadlineExceeded = 'ProgressDeadlineExceeded';
const newSetAvailable = 'NewReplicaSetAvailable';
/** API: a deadline of MaxInt32 is none. */
const noDeadline = 2147483647;

type Conditions = readonly DeploymentCondition[];

/** True when the rollout has a progress deadline. */
export function hasDeadline(rollout: Rollout): boolean {
  const seconds = rollout.deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== noDeadline;
}

/** The condition of that type. */
export function conditionOf(conditions: Conditions | undefined, type: string): DeploymentCondition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** `conditions` with one more. API: same status and reason leave it alone, same status keeps its transition time. */
export function withCondition(
  conditions: Conditions,
  said: { type: string; status: string; reason: string; message: string },
  now: number,
  always = false,
): Conditions {
  const before = conditionOf(conditions, said.type);
  if (before !== undefined && !always && before.status === said.status && before.reason === said.reason) {
    return conditions;
  }
  const time = timestamp(now);
  const lastTransitionTime = before?.status === said.status ? (before.lastTransitionTime ?? time) : time;
  const rest = conditions.filter((one) => one.type !== said.type);
  const { type, status, reason, message } = said;
  return [...rest, { type, status, lastUpdateTime: time, lastTransitionTime, reason, message }];
}

function sum(
  sets: readonly ReplicaSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number {
  return sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
}

/** Counts and the Available condition; other conditions as they were. */
export function countedStatus(rollout: Rollout, now: number, conditions: Conditions): DeploymentStatus {
  const { deployment, newSet } = rollout;
  const sets = allSets(rollout);
  const available = sum(sets, 'availableReplicas');
  const updated = newSet === undefined ? 0 : (newSet.status?.replicas ?? 0);
  const replicas = sum(sets, 'replicas');
  const ready = sum(sets, 'readyReplicas');
  const missing = Math.max(0, totalWanted(sets) - available);
  const enough = available >= sizeWanted(deployment) - fenceposts(deployment).unavailable;
  const shown = withCondition(
    conditions,
    enough
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  );
  const { generation } = deployment.metadata;
  const { collisionCount } = deployment.status ?? {};
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(replicas === 0 ? {} : { replicas }),
    ...(updated === 0 ? {} : { updatedReplicas: updated }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(missing === 0 ? {} : { unavailableReplicas: missing }),
    terminatingReplicas: sum(sets, 'terminatingReplicas'),
    conditions: [...shown],
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

/** True when the rollout is over: everything is new, there and observed. */
export function isComplete(rollout: Rollout, status: DeploymentStatus): boolean {
  const wanted = sizeWanted(rollout.deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (rollout.deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** When the running rollout times out (Unix milliseconds); undefined when it cannot. */
export function deadline(rollout: Rollout, conditions: Conditions | undefined): number | undefined {
  const condition = conditionOf(conditions, progressing);
  if (condition === undefined || !hasDeadline(rollout)) return undefined;
  if (condition.reason === newSetAvailable || condition.reason === deadlineExceeded) return undefined;
  return Date.parse(condition.lastUpdateTime ?? '') + (rollout.deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

function subject(rollout: Rollout): string {
  const { deployment, newSet } = rollout;
  return newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
}

function progressOf(rollout: Rollout, counted: DeploymentStatus, conditions: Conditions, now: number): Conditions {
  const said = (status: string, reason: string, what: string) => ({
    type: progressing,
    status,
    reason,
    message: `${subject(rollout)} ${what}`,
  });
  if (isComplete(rollout, counted)) {
    return withCondition(conditions, said('True', newSetAvailable, 'has successfully progressed.'), now);
  }
  if (hasProgressed(rollout.deployment.status ?? {}, counted)) {
    return withCondition(conditions, said('True', 'ReplicaSetUpdated', 'is progressing.'), now, true);
  }
  const due = deadline(rollout, conditions);
  if (due !== undefined && due < now) {
    return withCondition(conditions, said('False', deadlineExceeded, 'has timed out progressing.'), now);
  }
  return conditions;
}

function failureOf(rollout: Rollout): DeploymentCondition | undefined {
  const sets = rollout.newSet === undefined ? rollout.oldSets : [rollout.newSet, ...rollout.oldSets];
  for (const set of sets) {
    const found = set.status?.conditions?.find((one) => one.type === 'ReplicaFailure');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The status while rolling: counts, Available, Progressing and ReplicaFailure. */
export function rolloutStatus(rollout: Rollout, now: number, conditions: Conditions): DeploymentStatus {
  const counted = countedStatus(rollout, now, conditions);
  let shown: Conditions = counted.conditions ?? [];
  const current = conditionOf(conditions, progressing);
  if (!hasDeadline(rollout)) shown = shown.filter((one) => one.type !== progressing);
  const done = counted.replicas === counted.updatedReplicas && current?.reason === newSetAvailable;
  if (hasDeadline(rollout) && !done) shown = progressOf(rollout, counted, shown, now);
  const failure = failureOf(rollout);
  shown = shown.filter((one) => failure !== undefined || one.type !== 'ReplicaFailure');
  if (failure !== undefined) {
    const { type, status, reason = '', message = '' } = failure;
    shown = withCondition(shown, { type, status, reason, message }, now);
  }
  return { ...counted, conditions: [...shown] };
}
