/** How the server's seats are shared between priority levels: pure. API: flowcontrol.v1 NominalCL, LowerCL, UpperCL. */
import type { PriorityLevelConfiguration } from '../../api/flow-control.ts';

/** Requests of one level that may run at once. */
export interface Limits {
  /** Its share. */
  readonly nominal: number;
  /** What it never lends. */
  readonly lower: number;
  /** What it may have together with what it borrows. */
  readonly upper: number;
}

/** The limits of each level out of `seats` of the whole server; an exempt level has no bounds. */
export function seatLimits(levels: readonly PriorityLevelConfiguration[], seats: number): Limits[] {
  const shares = levels.map(({ spec }) => {
    const { nominalConcurrencyShares } = (spec?.type === 'Exempt' ? spec.exempt : spec?.limited) ?? {};
    return nominalConcurrencyShares ?? 0;
  });
  const all = shares.reduce((sum, one) => sum + one, 0);
  return levels.map(({ spec }, index) => {
    const nominal = all === 0 ? 0 : Math.ceil((seats * (shares[index] ?? 0)) / all);
    const unbounded = Number.POSITIVE_INFINITY;
    if (spec?.type === 'Exempt') return { nominal, lower: unbounded, upper: unbounded };
    const { lendablePercent = 0, borrowingLimitPercent } = spec?.limited ?? {};
    const lower = nominal - Math.round((nominal * lendablePercent) / 100);
    const borrowed = borrowingLimitPercent === undefined ? seats : Math.round((nominal * borrowingLimitPercent) / 100);
    return { nominal, lower, upper: Math.min(nominal + borrowed, Math.max(seats, nominal)) };
  });
}
