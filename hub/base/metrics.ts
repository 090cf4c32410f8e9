/** Figures for Prometheus: a histogram that costs a few additions, and the text format, written only when asked. */

/** Counts of observations by upper bound. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One for each bound, and one for what is above the last; not cumulative. */
  readonly counts: Float64Array;
  sum = 0;

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    counts[at] = (counts[at] as number) + 1;
    this.sum += value;
  }

  /** Adds what another histogram with the same bounds has seen. */
  add(other: Histogram): void {
    for (let at = 0; at < this.counts.length; at++) {
      this.counts[at] = (this.counts[at] as number) + (other.counts[at] as number);
    }
    this.sum += other.sum;
  }
}

/** Label names and values; an empty value is as good as no label. */
export type Labels = Readonly<Record<string, string>>;

/** What a family of samples is. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Writes families one after the other. A generator gives others a turn at each `yield`: between families. */
export type Collector = (into: Exposition) => Iterable<void> | void;

/** Prometheus text format, version 0.0.4. All samples of a family come together. */
export class Exposition {
  #parts: string[] = [];
  #name = '';

  /** Begins a family. */
  family(name: string, type: MetricType, help: string): this {
    this.#name = name;
    this.#parts.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    return this;
  }

  /** One sample of the family begun last; `at` is when it was measured, Unix milliseconds. */
  sample(value: number, labels?: Labels, at?: number): this {
    const name = `${this.#name}${labels === undefined ? '' : braced(labelText(labels))}`;
    this.#parts.push(`${name} ${format(value)}${at === undefined ? '' : ` ${at}`}\n`);
    return this;
  }

  /** All samples of one histogram of the family begun last. */
  histogram(histogram: Histogram, labels: Labels = {}): this {
    const name = this.#name;
    const text = labelText(labels);
    const before = text === '' ? '' : `${text},`;
    let count = 0;
    histogram.counts.forEach((some, at) => {
      count += some;
      const bound = at < histogram.bounds.length ? format(histogram.bounds[at] as number) : '+Inf';
      this.#parts.push(`${name}_bucket{${before}le="${bound}"} ${count}\n`);
    });
    this.#parts.push(`${name}_sum${braced(text)} ${format(histogram.sum)}\n`);
    this.#parts.push(`${name}_count${braced(text)} ${count}\n`);
    return this;
  }

  toString(): string {
    return this.#parts.join('');
  }
}

function labelText(labels: Labels): string {
  let text = '';
  for (const [name, value] of Object.entries(labels)) {
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escaped(value)}"`;
  }
  return text;
}

function braced(text: string): string {
  return text === '' ? '' : `{${text}}`;
}

function escaped(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;
}

function format(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** The text of all collectors, in their order; other work gets its turn in between. */
export async function collect(collectors: readonly Collector[]): Promise<string> {
  const into = new Exposition();
  for (const collector of collectors) {
    const steps = collector(into);
    if (steps === undefined) continue;
    for (const _ of steps) await new Promise((resolve) => setImmediate(resolve));
  }
  return into.toString();
}
