/** How amounts of CPU are written in control groups. Pure. */

/** Microseconds over which a CPU limit is counted. */
export const quotaPeriod = 100_000;

/** Microseconds a period for a limit in cores; the kernel takes no less than a thousand. */
export const quotaOf = (cores: number): number => Math.max(1000, Math.round(cores * quotaPeriod));

/** The shares of version 1 for a number of cores; the kernel takes no less than 2. */
export const sharesOf = (cores: number): number => Math.max(2, Math.floor(cores * 1024));

/** The weight of version 2 that stands for shares of version 1: 2 to 262144 become 1 to 10000. */
export const weightOf = (shares: number): number =>
  Math.min(10_000, Math.max(1, Math.round(1 + ((shares - 2) * 9999) / 262_142)));

/** The shares a weight stands for. */
export const sharesOfWeight = (weight: number): number => Math.round(2 + ((weight - 1) * 262_142) / 9999);
