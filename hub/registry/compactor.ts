/** Forgetting old history on time, and only when something was written. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** How often the head is noted, in milliseconds. */
const step = 60_000;

/**
 * Compacts to the head of `keep` milliseconds ago.
 *
 * INVARIANTS: an idle hub has no timer running once everything old is compacted.
 */
export class Compactor {
  readonly #options: {
    clock: Clock;
    log: Log;
    keep: number;
    head: () => number;
    compact: (revision: number) => Promise<void>;
  };
  #marks: { time: number; revision: number }[] = [];
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: {
    clock: Clock;
    log: Log;
    keep: number;
    head: () => number;
    compact: (revision: number) => Promise<void>;
  }) {
    this.#options = options;
  }

  /** Something was written: history will have to be compacted some time. */
  wake(): void {
    if (this.#cancel !== undefined || this.#stopped) return;
    this.#cancel = this.#options.clock.after(step, () => void this.#tick());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #tick(): Promise<void> {
    const { clock, keep, head, compact, log } = this.#options;
    const now = clock.now();
    if (this.#marks.at(-1)?.revision !== head()) this.#marks.push({ time: now, revision: head() });
    let target: number | undefined;
    while (this.#marks[0] !== undefined && this.#marks[0].time <= now - keep) target = this.#marks.shift()?.revision;
    if (target !== undefined) {
      await compact(target).catch((error: unknown) => log.error({ error: String(error) }, 'compaction failed'));
    }
    this.#cancel = undefined;
    if (this.#marks.length > 0) this.wake();
  }
}
