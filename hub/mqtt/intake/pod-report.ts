/** What a Pod's status becomes by its node's report: pure. */
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod, PodCondition, PodStatus } from '../../api/pod.ts';

/** Conditions only the node writes; the others on a Pod (PodScheduled, DisruptionTarget, readiness gates) are kept. */
const nodeOwned: ReadonlySet<string> = new Set([
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** The new status, or undefined when the report may not be taken: a Pod that ended does not come back to life. */
export function mergePodStatus(old: PodStatus | undefined, reported: PodStatus): PodStatus | undefined {
  if (hasEnded(old?.phase) && reported.phase !== old?.phase) return undefined;
  const kept: PodStatus = {};
  if (old?.qosClass !== undefined) kept.qosClass = old.qosClass;
  if (old?.resize !== undefined) kept.resize = old.resize;
  if (old?.nominatedNodeName !== undefined) kept.nominatedNodeName = old.nominatedNodeName;
  if (old?.resourceClaimStatuses !== undefined) kept.resourceClaimStatuses = old.resourceClaimStatuses;
  const conditions = mergePodConditions(old?.conditions ?? [], reported.conditions ?? []);
  return { ...reported, ...kept, ...(conditions.length === 0 ? {} : { conditions }) };
}

function mergePodConditions(old: readonly PodCondition[], reported: readonly PodCondition[]): PodCondition[] {
  const merged = reported.map((condition) => {
    const before = old.find((other) => other.type === condition.type);
    // API: lastTransitionTime moves only with status.
    if (before?.status !== condition.status || before.lastTransitionTime === undefined) return condition;
    return { ...condition, lastTransitionTime: before.lastTransitionTime };
  });
  const said = new Set(reported.map((condition) => condition.type));
  return [...merged, ...old.filter(({ type }) => !said.has(type) && !nodeOwned.has(type))];
}

/** What to do about a Pod of which nothing is left on its node: it was to be deleted, it was lost, or it had ended anyway. */
export function afterGone(pod: Pod): 'delete' | 'fail' | 'keep' {
  if (pod.metadata.deletionTimestamp !== undefined) return 'delete';
  return hasEnded(pod.status?.phase) ? 'keep' : 'fail';
}

/** The status of a Pod that was lost without being deleted. */
export function lostStatus(old: PodStatus | undefined): PodStatus {
  return { ...old, phase: 'Failed', reason: 'Lost', message: 'Nothing of the Pod is left on its node.' };
}
