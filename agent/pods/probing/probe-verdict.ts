/** What a row of looks adds up to, by the thresholds of a Probe. Pure. */
import type { Probe } from '../../../hub/api/container.ts';

/** Looks in a row with one outcome, and what they have led to; undefined until a threshold is reached. */
export interface Verdict {
  readonly ok: boolean | undefined;
  readonly row: { readonly ok: boolean; readonly count: number };
}

/** Before the first look. */
export const noVerdict: Verdict = { ok: undefined, row: { ok: true, count: 0 } };

/** The verdict after one more look. API: successThreshold 1 and failureThreshold 3 unless set. */
export function nextVerdict(before: Verdict, probe: Probe, ok: boolean): Verdict {
  const count = before.row.ok === ok ? before.row.count + 1 : 1;
  const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { ok: count >= threshold ? ok : before.ok, row: { ok, count } };
}
