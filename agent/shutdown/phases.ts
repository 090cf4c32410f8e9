/** In which order the Pods of a machine that goes down end, and how long each may take. API: a kubelet's graceful node shutdown. Pure. */
import type { Pod } from '../../hub/api/pod.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';

/** Pods that end together. */
export interface Phase {
  readonly pods: readonly Pod[];
  /** How long this phase takes at most, in seconds; no Pod gets more. */
  readonly period: number;
}

/** API: critical Pods, by priority, end after all others. */
const critical = 2_000_000_000;

/** The phases; one without Pods takes no time and is left out. */
export function shutdownPhases(
  pods: Iterable<Pod>,
  settings: Pick<CapacitySettings, 'shutdownGracePeriod' | 'shutdownGracePeriodCriticalPods'>,
): Phase[] {
  const last = settings.shutdownGracePeriodCriticalPods;
  const all = [...pods];
  const isCritical = ({ spec }: Pod): boolean => (spec.priority ?? 0) >= critical;
  return [
    { pods: all.filter((pod) => !isCritical(pod)), period: settings.shutdownGracePeriod - last },
    { pods: all.filter(isCritical), period: last },
  ].filter((phase) => phase.pods.length > 0);
}
