/** What a benchmark answers. */

/** One figure. `target` says what is aimed at: at least (`>=`) or at most (`<=`). */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  target?: { is: '>=' | '<='; value: number };
  /** What else belongs to the figure: the floor it is a ratio of, counts, percentiles. */
  detail?: Record<string, number | string>;
}

/** One benchmark. `short` asks for a form that takes seconds, for CI. */
export interface Benchmark {
  name: string;
  about: string;
  run(options: { short: boolean }): Promise<Measurement[]>;
  /** It takes so much of a machine that it runs only when it is named. */
  readonly onlyNamed?: boolean;
}

/** True when the figure reaches its target, or has none. */
export function met(measurement: Measurement): boolean {
  const { target, value } = measurement;
  if (target === undefined) return true;
  return target.is === '>=' ? value >= target.value : value <= target.value;
}

/** The value below which a share `quantile` of the sorted `values` lies. */
export function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

/** Two to three significant digits, as people read figures. */
export function rounded(value: number): number {
  if (value >= 100) return Math.round(value);
  return Number(value.toPrecision(3));
}
