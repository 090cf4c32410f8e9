/** The contract of the store: an append-only log of revisions, bytes in and bytes out. */

/** One write. The hub is the only writer, so it numbers its own revisions. */
export interface StoreRecord {
  /** Greater than every revision before it; it becomes the object's resourceVersion and the row's id. */
  readonly revision: number;
  readonly key: string;
  /** The revision of `key` this write replaces; 0 when it must not exist. A deletion leaves a tombstone that counts as 0. */
  readonly previous: number;
  /** The new bytes, or null for a deletion. */
  readonly value: Buffer | null;
}

/** A lost race is a result, not an error: nothing of that append was written. */
export type AppendResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly key: string; readonly current: number };

/** How far the log reaches. History up to and including `compacted` may be gone. */
export interface StoreHead {
  readonly revision: number;
  readonly compacted: number;
}

/**
 * The store. One writer, many readers.
 *
 * INVARIANTS: `append` resolves only after its records are durable; appends become durable in the order of the calls;
 * when a commit fails, every append in it and after it that has not resolved is rejected with StoreError, and none of
 * those records is ever seen by a reader.
 */
export interface Store {
  /** Writes all `records` or none. Calls made while a commit is under way travel together in the next one (group commit). */
  append(records: readonly StoreRecord[]): Promise<AppendResult>;
  /**
   * Every record in the log after `revision`, ascending, in chunks; 0 means all that is left of it. Rejects with StoreError
   * `compacted` when records after `revision` are gone.
   */
  since(revision: number): AsyncIterable<readonly StoreRecord[]>;
  /** Drops records at or below `revision` that another one at or below it replaced, and tombstones at or below it. */
  compact(revision: number): Promise<void>;
  /**
   * Puts other bytes in place of those a record holds, for the same content in another form: `form` is offered every
   * record that has a value, ascending, and answers undefined for what is good. Revisions stay, readers are not told.
   * Resolves with how many were replaced when that is durable and nothing of the old bytes, nor of any dropped before, is
   * left in the store's files; appends wait while these are written anew. A rewrite that is cut off (by `signal`, or for
   * good) has replaced some and left something; it may be run again.
   */
  rewrite(
    form: (record: StoreRecord & { readonly value: Buffer }) => Buffer | undefined,
    signal?: AbortSignal,
  ): Promise<number>;
  /** The head as of the last commit. */
  head(): StoreHead;
  /** Waits for appends under way, then closes. */
  close(): Promise<void>;
}

/** A store that is a file, and can be copied while it is used. */
export interface StoreOnDisk extends Store {
  /**
   * Writes everything of one moment, not before the call, into a new file (mode 0600). Appends go on between the steps of
   * it. Rejects with StoreError when the file cannot be written, and then it may be there in part.
   */
  copyTo(file: string): Promise<void>;
}

/** Why the store cannot go on. `corrupt`: the file is damaged; `full`: no space; `readonly`: cannot be written; `io`: the rest. */
export type StoreFailure = 'corrupt' | 'full' | 'readonly' | 'compacted' | 'closed' | 'io';

/** An error of the store, with a sentence for the operator: what is wrong with which file and what to do. */
export class StoreError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.failure = failure;
  }
}
