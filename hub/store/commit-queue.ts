/** Group commit: appends that arrive while one batch is being written travel together in the next one. */
import { type AppendResult, StoreError, type StoreRecord } from './store.ts';

/** One call of append, waiting. */
export interface WaitingAppend {
  readonly records: readonly StoreRecord[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: StoreError) => void;
}

/** Writes a batch durably and answers one result for each append; throws StoreError when nothing of it was written. */
export type WriteBatch = (batch: readonly WaitingAppend[]) => Promise<readonly AppendResult[]>;

/** Told of every batch that became durable, and how many milliseconds that took. */
export type CommitObserver = (batch: readonly WaitingAppend[], milliseconds: number) => void;

/**
 * Queue of appends before a writer.
 *
 * INVARIANTS: at most one batch is being written; appends are written and answered in the order of the calls; a failed
 * batch rejects itself and everything that was waiting behind it.
 */
export class CommitQueue {
  readonly #write: WriteBatch;
  readonly #limit: number;
  readonly #observe: CommitObserver | undefined;
  #waiting: WaitingAppend[] = [];
  #tasks: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  /** `limit` is how many records a batch may hold. */
  constructor(options: { write: WriteBatch; limit: number; observe?: CommitObserver | undefined }) {
    this.#observe = options.observe;
    this.#write = options.write;
    this.#limit = options.limit;
  }

  append(records: readonly StoreRecord[]): Promise<AppendResult> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Runs `task` while no batch is being written (compaction shares the connection). */
  between<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#running ??= this.#run();
    });
  }

  /** Refuses new appends and resolves when those under way are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // one turn of the loop lets appends of the same moment join the first batch
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0 || this.#tasks.length > 0) {
      const task = this.#tasks.shift();
      if (task !== undefined) await task();
      const batch = this.#take();
      if (batch.length === 0) continue;
      try {
        const began = performance.now();
        const results = await this.#write(batch);
        this.#observe?.(batch, performance.now() - began);
        batch.forEach((append, index) => {
          append.resolve(results[index] ?? { ok: true });
        });
      } catch (error) {
        const failed = error instanceof StoreError ? error : new StoreError('io', String(error), { cause: error });
        const rest = this.#waiting.splice(0);
        for (const append of [...batch, ...rest]) append.reject(failed);
      }
    }
    this.#running = undefined;
  }

  #take(): WaitingAppend[] {
    let records = 0;
    let count = 0;
    for (const append of this.#waiting) {
      if (count > 0 && records + append.records.length > this.#limit) break;
      records += append.records.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
