/** The optimistic lock: the newest revision of every key, and whether a record replaces it. */
import type { WaitingAppend } from './commit-queue.ts';
import type { AppendResult, StoreRecord } from './store.ts';

const won: AppendResult = { ok: true };

/** A batch, judged: one result for each append, and the records of those that won. */
export interface Judged {
  readonly results: readonly AppendResult[];
  readonly records: readonly StoreRecord[];
}

/**
 * Newest revisions in memory. The store has one writer, so nobody else moves them, and one batch under way at most: what wins
 * is remembered at once, and taken back when it could not be written.
 */
export class Newest {
  readonly #revisions = new Map<string, number>();

  /** Which appends of a batch win, each judged as if those before it were written. What wins is remembered. */
  judge(batch: readonly WaitingAppend[]): Judged {
    const results: AppendResult[] = [];
    const records: StoreRecord[] = [];
    for (const append of batch) {
      const result = this.#race(append.records);
      results.push(result);
      if (result.ok) for (const record of append.records) records.push(record);
    }
    return { results, records };
  }

  /** Forgets the records of a batch that was not written. */
  takeBack(records: readonly StoreRecord[]): void {
    for (const { key, previous } of records.toReversed()) this.set(key, previous, previous === 0);
  }

  /** Remembers a record that was written. */
  set(key: string, revision: number, gone: boolean): void {
    if (gone) this.#revisions.delete(key);
    else this.#revisions.set(key, revision);
  }

  /** All records of an append win, or none. */
  #race(records: readonly StoreRecord[]): AppendResult {
    for (let at = 0; at < records.length; at += 1) {
      const { key, previous, revision, value } = records[at] as StoreRecord;
      const current = this.#revisions.get(key) ?? 0;
      if (current !== previous) {
        this.takeBack(records.slice(0, at));
        return { ok: false, key, current };
      }
      this.set(key, revision, value === null);
    }
    return won;
  }
}
