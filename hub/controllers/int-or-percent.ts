/** Counts given as a number or as a share: maxUnavailable, maxSurge, minAvailable. */

/** `25%` of `total`, rounded as said; a plain number as it is. Unset or malformed is 0. */
export function resolveCount(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** How many more than wanted, and how many fewer, a rolling update may have. API: both zero would never move, so one may be missing. */
export function resolveFenceposts(
  maxSurge: number | string | undefined,
  maxUnavailable: number | string | undefined,
  wanted: number,
): { surge: number; unavailable: number } {
  const surge = resolveCount(maxSurge, wanted, 'up');
  const unavailable = resolveCount(maxUnavailable, wanted, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}
