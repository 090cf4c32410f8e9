/** Sets of completion indexes as a Job's status writes them: `0,2-5,9`. */

interface Run {
  readonly first: number;
  readonly last: number;
}

/** An immutable set of indexes, kept as runs: a Job of 100,000 that went well is one run. */
export class Indexes {
  readonly #runs: readonly Run[];
  readonly size: number;

  private constructor(runs: readonly Run[]) {
    this.#runs = runs;
    this.size = runs.reduce((sum, run) => sum + run.last - run.first + 1, 0);
  }

  static readonly none: Indexes = new Indexes([]);

  /** Reads the written form; indexes from `completions` on are left out, and so is what is no number. */
  static parse(text: string | undefined, completions: number): Indexes {
    const runs: Run[] = [];
    for (const part of (text ?? '').split(',')) {
      const found = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (found === null) continue;
      const first = Number(found[1]);
      const last = Math.min(Number(found[2] ?? first), completions - 1);
      if (first <= last) runs.push({ first, last });
    }
    return new Indexes(merged(runs));
  }

  has(index: number): boolean {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const run = this.#runs[middle] as Run;
      if (index < run.first) high = middle - 1;
      else if (index > run.last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** With these as well. */
  with(indexes: Iterable<number>): Indexes {
    const added = [...indexes].map((index) => ({ first: index, last: index }));
    return added.length === 0 ? this : new Indexes(merged([...this.#runs, ...added]));
  }

  /** How many of `other` are in this set. */
  common(other: Indexes): number {
    let count = 0;
    for (const mine of this.#runs) {
      for (const theirs of other.#runs) {
        count += Math.max(0, Math.min(mine.last, theirs.last) - Math.max(mine.first, theirs.first) + 1);
      }
    }
    return count;
  }

  /** API: two neighbours are written with a comma, three and more with a dash. */
  toString(): string {
    return this.#runs
      .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',');
  }
}

function merged(runs: Run[]): Run[] {
  const result: { first: number; last: number }[] = [];
  for (const run of runs.sort((a, b) => a.first - b.first)) {
    const before = result.at(-1);
    if (before !== undefined && run.first <= before.last + 1) before.last = Math.max(before.last, run.last);
    else result.push({ ...run });
  }
  return result;
}
