/** How much something grows over rounds that each end where they began. */

/** What may be held at the end of a round. */
export interface Sample {
  /** Bytes resident, open descriptors, threads. */
  readonly resident: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Bytes the data directory takes on disk. */
  readonly disk: number;
}

export type Measure = keyof Sample;

/** The most that each may grow over all the rounds that are looked at. */
export type Bounds = Readonly<Record<Measure, number>>;

/** Rounds below which no line is drawn: two or three points lie on any line. */
export const enough = 8;

/**
 * Growth over all `values`: the median of the slopes between any two of them (Theil and Sen), times their span. One round that
 * was sampled during a garbage collection moves it little.
 */
export function growth(values: readonly number[]): number {
  const slopes: number[] = [];
  for (const [i, from] of values.entries())
    for (const [j, to] of values.slice(i + 1).entries()) slopes.push((to - from) / (j + 1));
  slopes.sort((a, b) => a - b);
  const middle = slopes.length / 2;
  const median = ((slopes[Math.ceil(middle - 1)] ?? 0) + (slopes[Math.floor(middle)] ?? 0)) / 2;
  return median * Math.max(0, values.length - 1);
}

/** One measure of one daemon against its bound. */
export interface Verdict {
  readonly measure: Measure;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  readonly growth: number;
  readonly bound: number;
  readonly within: boolean;
}

/** Judges the samples after the warm-up, oldest first. With fewer than `enough` of them growth is told, and not judged. */
export function judge(samples: readonly Sample[], bounds: Bounds): Verdict[] {
  return (Object.keys(bounds) as Measure[]).map((measure) => {
    const values = samples.map((sample) => sample[measure]);
    const grown = growth(values);
    const bound = bounds[measure];
    return {
      measure,
      first: values[0] ?? 0,
      last: values.at(-1) ?? 0,
      most: Math.max(0, ...values),
      growth: grown,
      bound,
      within: values.length < enough || grown <= bound,
    };
  });
}
