/** The status of a ReplicaSet or ReplicationController, from the Pods it has. */
import { timestamp } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '../../api/workload.ts';
import { isAvailable, type PodFacts } from '../pod-facts.ts';

/** What a status is worked out from. */
export interface StatusInput {
  readonly pods: readonly { readonly facts: PodFacts; readonly labels: Readonly<Record<string, string>> }[];
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly minReadySeconds: number;
  readonly generation: number | undefined;
  readonly before: ReplicaSetStatus | undefined;
  /** Why Pods could not be made or removed, when they could not. */
  readonly failure: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string } | undefined;
  readonly now: number;
  /** True for kinds that count terminating Pods. */
  readonly countsTerminating: boolean;
}

const failureType = 'ReplicaFailure';

function conditions(input: StatusInput): ReplicaSetCondition[] {
  const before = input.before?.conditions ?? [];
  const others = before.filter((one) => one.type !== failureType);
  if (input.failure === undefined) return others;
  const known = before.find((one) => one.type === failureType);
  if (known !== undefined) return [...before];
  const { reason, message } = input.failure;
  return [...others, { type: failureType, status: 'True', lastTransitionTime: timestamp(input.now), reason, message }];
}

function hasAll(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  for (const name in wanted) if (labels[name] !== wanted[name]) return false;
  return true;
}

/** The status; counts of zero are left out where the API leaves them out. */
export function replicaStatus(input: StatusInput): ReplicaSetStatus {
  const { minReadySeconds, now, templateLabels } = input;
  const active = input.pods.filter(({ facts }) => facts.active);
  const labelled = active.filter(({ labels }) => hasAll(labels, templateLabels)).length;
  const ready = active.filter(({ facts }) => facts.ready).length;
  const available = active.filter(({ facts }) => isAvailable(facts, minReadySeconds, now)).length;
  const terminating = input.pods.filter(({ facts }) => facts.deleting && !hasEnded(facts.phase)).length;
  const shown = conditions(input);
  return {
    replicas: active.length,
    ...(labelled === 0 ? {} : { fullyLabeledReplicas: labelled }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(input.countsTerminating ? { terminatingReplicas: terminating } : {}),
    ...(input.generation === undefined ? {} : { observedGeneration: input.generation }),
    ...(shown.length === 0 ? {} : { conditions: shown }),
  };
}

/** Milliseconds until the next ready Pod has been ready for long enough; undefined when none is waiting for that. */
export function untilAvailable(pods: readonly PodFacts[], minReadySeconds: number, now: number): number | undefined {
  let soonest: number | undefined;
  for (const facts of pods) {
    if (!facts.active || !facts.ready || isAvailable(facts, minReadySeconds, now)) continue;
    const left = Math.max(1, facts.readySince + minReadySeconds * 1000 - now);
    if (soonest === undefined || left < soonest) soonest = left;
  }
  return soonest;
}
