/** How the store is doing: commits, how long they took, and how many records travelled together. */
import { type Exposition, Histogram } from '../base/metrics.ts';
import type { CommitObserver } from './commit-queue.ts';

/** Counts what a store's commits tell; `observe` is handed to the store. */
export class CommitMetrics {
  readonly #seconds = new Histogram([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5]);
  readonly #records = new Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);

  readonly observe: CommitObserver = (batch, milliseconds) => {
    this.#seconds.observe(milliseconds / 1000);
    let records = 0;
    for (const append of batch) records += append.records.length;
    this.#records.observe(records);
  };

  readonly write = (into: Exposition): void => {
    into.family('coracle_store_commit_duration_seconds', 'histogram', 'Until a batch was on disk.');
    into.histogram(this.#seconds);
    into.family('coracle_store_commit_records', 'histogram', 'Records written by one commit.');
    into.histogram(this.#records);
  };
}
