/** How long to wait before the n-th try: doubling from a first delay to a limit. */

/** Delays in milliseconds; `jitter` is the share (0 to 1) of a delay that is left to chance. */
export interface BackoffOptions {
  first: number;
  limit: number;
  jitter?: number;
}

/** The delay before try number `failures` (1 is the first retry), in milliseconds. `chance` is a number in [0, 1). */
export function backoffDelay(options: BackoffOptions, failures: number, chance: number = Math.random()): number {
  if (failures <= 0) return 0;
  const full = Math.min(options.limit, options.first * 2 ** Math.min(failures - 1, 30));
  const jitter = options.jitter ?? 0;
  return Math.round(full * (1 - jitter) + full * jitter * chance);
}
