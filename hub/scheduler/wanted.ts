/** What the scheduler asks about Pods and nodes it is told of. */
import { localPathDirAnnotation } from '../api/local-path.ts';
import type { Node } from '../api/node.ts';
import { hasEnded } from '../api/pod-phase.ts';
import type { Pod } from '../api/pod.ts';

/** API: spec.priority. */
export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/** True for a Pod that takes nothing of its node any more. */
export const finished = (pod: Pod): boolean => hasEnded(pod.status?.phase);

/** True when `pod` waits for this scheduler. */
export function wanted(pod: Pod): boolean {
  return (
    (pod.spec.nodeName ?? '') === '' &&
    pod.metadata.deletionTimestamp === undefined &&
    (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler' &&
    (pod.spec.schedulingGates ?? []).length === 0 &&
    !finished(pod)
  );
}

function differ(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}

/** True when what a Node says about placing Pods changed. */
export function nodeMatters(before: Node, after: Node): boolean {
  return (
    differ(before.metadata.labels, after.metadata.labels) ||
    before.metadata.annotations?.[localPathDirAnnotation] !== after.metadata.annotations?.[localPathDirAnnotation] ||
    differ(before.spec.taints, after.spec.taints) ||
    before.spec.unschedulable !== after.spec.unschedulable ||
    differ(before.status?.allocatable, after.status?.allocatable) ||
    differ(before.status?.capacity, after.status?.capacity)
  );
}

/** True when what a waiting Pod asks for changed. */
export function podMatters(before: Pod, after: Pod): boolean {
  return differ(before.metadata.labels, after.metadata.labels) || differ(before.spec, after.spec);
}
