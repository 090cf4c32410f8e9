/** The window of recent changes: what watches resume from and what consistent pages look back on. */
import type { ResourceRef } from '../api/resource.ts';
import { ByResource } from './by-resource.ts';
import type { Change } from './registry.ts';

/** A bounded run of changes, oldest first. `lost` is the newest revision that fell out of it, `bytes` what its states take. */
interface Run {
  changes: Change[];
  lost: number;
  bytes: number;
}

const newRun = (): Run => ({ changes: [], lost: 0, bytes: 0 });

/** Recent changes by resource. */
export class History {
  readonly #runs = new ByResource<Run>();
  readonly #limit: number;
  readonly #mostBytes: number;
  #bytes = 0;
  #floor: number;

  /** Keeps up to `limit` changes of each resource, and `bytes` of states in all; nothing at or below `floor` is known. */
  constructor(options: { limit: number; bytes: number; floor: number }) {
    this.#limit = options.limit;
    this.#mostBytes = options.bytes;
    this.#floor = options.floor;
  }

  /** Nothing at or below this revision is known of any resource. */
  get floor(): number {
    return this.#floor;
  }

  add(change: Change): void {
    const run = this.#runs.of(change.entry.info.storage, newRun);
    run.changes.push(change);
    run.bytes += change.entry.bytes.length;
    this.#bytes += change.entry.bytes.length;
    if (run.changes.length > this.#limit * 1.25) this.#forget(run, run.changes.length - this.#limit);
    while (this.#bytes > this.#mostBytes) this.#forgetLargest();
  }

  /** The newest revision of `ref` from which changes are no longer all known. */
  oldest(ref: ResourceRef): number {
    return Math.max(this.#floor, this.#runs.get(ref)?.lost ?? 0);
  }

  /** Changes of `ref` after `revision`, oldest first; undefined when some are no longer known. */
  since(ref: ResourceRef, revision: number): readonly Change[] | undefined {
    if (revision < this.oldest(ref)) return undefined;
    const changes = this.#runs.get(ref)?.changes ?? [];
    let start = changes.length;
    while (start > 0 && (changes[start - 1]?.revision ?? 0) > revision) start -= 1;
    return changes.slice(start);
  }

  /** Drops everything at or below `revision`. */
  compact(revision: number): void {
    this.#floor = Math.max(this.#floor, revision);
    for (const run of this.#runs.values()) {
      const keep = run.changes.findIndex((change) => change.revision > revision);
      this.#forget(run, keep < 0 ? run.changes.length : keep);
    }
  }

  /** The resource that fills the window pays for it with the older half of its own changes. */
  #forgetLargest(): void {
    let largest: Run | undefined;
    for (const run of this.#runs.values()) if (run.bytes > (largest?.bytes ?? 0)) largest = run;
    if (largest !== undefined) this.#forget(largest, Math.ceil(largest.changes.length / 2));
  }

  #forget(run: Run, count: number): void {
    const dropped = run.changes.splice(0, count);
    run.lost = dropped.at(-1)?.revision ?? run.lost;
    const bytes = dropped.reduce((sum, { entry }) => sum + entry.bytes.length, 0);
    run.bytes -= bytes;
    this.#bytes -= bytes;
  }
}
