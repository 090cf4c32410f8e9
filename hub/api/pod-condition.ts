/** Conditions of Pods, as everybody but the Pod's node writes them. */
import { timestamp } from './object.ts';
import type { Pod, PodCondition } from './pod.ts';

/**
 * Sets a condition in the status of `pod`, in place. API: lastTransitionTime moves only with status; the condition says
 * of which generation of the Pod it is.
 */
export function setPodCondition(pod: Pod, condition: PodCondition, now: number): void {
  pod.status ??= {};
  pod.status.conditions ??= [];
  const { conditions } = pod.status;
  const index = conditions.findIndex(({ type }) => type === condition.type);
  const before = conditions[index];
  const { generation } = pod.metadata;
  const same = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const next: PodCondition = {
    ...condition,
    lastTransitionTime: same ?? timestamp(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  if (before === undefined) conditions.push(next);
  else conditions[index] = next;
}
