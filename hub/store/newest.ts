/** The optimistic lock: the newest revision of every key, and whether a record replaces it. */
import type { WaitingAppend } from './commit-queue.ts';
import type { AppendResult, StoreRecord } from './store.ts';

const won: AppendResult = { ok: true };

/** A batch, judged: one result for each append, and the records of those that won. */
export interface Judged {
  readonly results: readonly AppendResult[];
  readonly records: readonly StoreRecord[];
}

/** Newest revisions in memory. The store has one writer, so nobody else moves them. */
export class Newest {
  readonly #revisions = new Map<string, number>();

  /** Which appends of a batch win, each judged as if those before it were written. Nothing is remembered yet. */
  judge(batch: readonly WaitingAppend[]): Judged {
    const results: AppendResult[] = [];
    const records: StoreRecord[] = [];
    const moved = new Map<string, number>();
    for (const append of batch) {
      const result = this.#race(append.records, moved);
      results.push(result);
      if (!result.ok) continue;
      for (const record of append.records) {
        moved.set(record.key, record.value === null ? 0 : record.revision);
        records.push(record);
      }
    }
    return { results, records };
  }

  /** Remembers a record that was written. */
  set(key: string, revision: number, gone: boolean): void {
    if (gone) this.#revisions.delete(key);
    else this.#revisions.set(key, revision);
  }

  #race(records: readonly StoreRecord[], moved: ReadonlyMap<string, number>): AppendResult {
    // within one append a key may be written again
    const own = records.length > 1 ? new Map(moved) : moved;
    for (const { key, previous, revision, value } of records) {
      const current = own.get(key) ?? this.#revisions.get(key) ?? 0;
      if (current !== previous) return { ok: false, key, current };
      if (records.length > 1) (own as Map<string, number>).set(key, value === null ? 0 : revision);
    }
    return won;
  }
}
