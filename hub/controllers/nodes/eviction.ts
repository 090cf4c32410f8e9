/** When Pods have to leave a node because of its NoExecute taints. */
import type { Taint, Toleration } from '../../api/scheduling.ts';
import { tolerates } from '../../api/tolerations.ts';

/**
 * When a Pod with these tolerations must go (Unix milliseconds); undefined when it may stay. API: at once when a taint
 * is not tolerated, else after the shortest tolerationSeconds, counted from the newest taint, or from `seen` (when the
 * Pod was first met on the tainted node) where no taint says when it came.
 */
export function evictionTime(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  now: number,
  seen: number = now,
): number | undefined {
  const execute = taints.filter((taint) => taint.effect === 'NoExecute');
  if (execute.length === 0) return undefined;
  let seconds: number | undefined;
  let since = 0;
  for (const taint of execute) {
    const used = tolerations.filter((one) => tolerates(one, taint));
    if (used.length === 0) return now;
    since = Math.max(since, Date.parse(taint.timeAdded ?? '') || 0);
    for (const { tolerationSeconds } of used) {
      if (tolerationSeconds === undefined) continue;
      seconds = Math.min(seconds ?? Number.POSITIVE_INFINITY, Math.max(0, tolerationSeconds));
    }
  }
  return seconds === undefined ? undefined : (since === 0 ? seen : since) + seconds * 1000;
}
