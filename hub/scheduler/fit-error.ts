/** The sentence that says why a Pod found no node, as kube-scheduler writes it. */
import type { Refusal } from './filter.ts';

function counted(total: number, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${total} nodes are available: ${parts.join(', ')}.`;
}

/** Whether others may be made to go: `hopeless` would not help, `never` is not allowed, `under way` they go. */
export type PreemptionOutcome = 'hopeless' | 'never' | 'under way';

/** The sentence about a Pod that no node has even been looked at for. */
export function tooEarly(nodes: number, reason: string, mayPreempt: boolean): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const hope = mayPreempt
    ? counted(nodes, new Map([['Preemption is not helpful for scheduling', nodes]]))
    : 'not eligible due to preemptionPolicy=Never.';
  return `0/${nodes} nodes are available: ${reason}. preemption: ${hope}`;
}

/** `refusals`: one for every node there is. */
export function fitError(refusals: Iterable<Refusal>, outcome: PreemptionOutcome): string {
  const reasons = new Map<string, number>();
  const preemption = new Map<string, number>();
  let total = 0;
  for (const refusal of refusals) {
    total++;
    for (const reason of refusal.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const hope = refusal.lasting
      ? 'Preemption is not helpful for scheduling'
      : 'No preemption victims found for incoming pod';
    preemption.set(hope, (preemption.get(hope) ?? 0) + 1);
  }
  if (total === 0) return 'no nodes available to schedule pods';
  const why = counted(total, reasons);
  if (outcome === 'under way') return why;
  if (outcome === 'never') return `${why} preemption: not eligible due to preemptionPolicy=Never.`;
  return `${why} preemption: ${counted(total, preemption)}`;
}
