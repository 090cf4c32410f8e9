/** A queue of keys between noticing and reconciling, in the manner of client-go's workqueue. */
import { backoffDelay } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** What one key's handler may answer: a number asks to be called again after that many milliseconds. */
export type Again = number | undefined;

/** `handle` re-reads the world; it may be called twice, late, or for nothing. A throw retries with back-off. */
export interface WorkQueueOptions {
  name: string;
  handle: (key: string) => Promise<Again> | Again;
  clock: Clock;
  log: Log;
  /** How many keys are handled at once; 1 unless said. */
  workers?: number;
  /** Delays between tries of a failing key, in milliseconds. */
  backoff?: { first: number; limit: number };
}

/** A queue in numbers. */
export interface QueueFigures {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly added: number;
  readonly retried: number;
}

/**
 * Keyed work queue.
 *
 * INVARIANTS: a key is handled by one worker at a time; a key added while waiting is handled once; a key added while
 * being handled is handled again afterwards; keys come out in the order they went in.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #active = new Map<string, boolean>();
  readonly #delayed = new Map<string, { due: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #idle: (() => void)[] = [];
  #stopped = false;
  #scheduled = false;
  #added = 0;
  #retried = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** What metrics tell of this queue: keys waiting and being handled now, keys taken in and failures so far. */
  get figures(): QueueFigures {
    const { name } = this.#options;
    const { size: waiting } = this.#waiting;
    return { name, waiting, active: this.#active.size, added: this.#added, retried: this.#retried };
  }

  /** How many keys wait or are being handled now (delayed ones not counted). */
  get size(): number {
    return this.#waiting.size + this.#active.size;
  }

  /** Hands `key` to a worker soon. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#forget(key);
    this.#added++;
    if (this.#active.has(key)) this.#active.set(key, true);
    else this.#waiting.add(key);
    this.#schedule();
  }

  /** Hands `key` to a worker after `milliseconds`, unless an earlier time is already set. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#stopped) return;
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const due = this.#options.clock.now() + milliseconds;
    const before = this.#delayed.get(key);
    if (before !== undefined && before.due <= due) return;
    before?.cancel();
    const cancel = this.#options.clock.after(milliseconds, () => this.add(key));
    this.#delayed.set(key, { due, cancel });
  }

  /** Resolves when nothing waits and nothing is being handled. */
  settled(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more keys, forgets those that wait, and resolves when the handlers under way are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    await this.settled();
  }

  #forget(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start(): void {
    const limit = this.#options.workers ?? 1;
    for (const key of this.#waiting) {
      if (this.#active.size >= limit) return;
      this.#waiting.delete(key);
      this.#active.set(key, false);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    let again: Again;
    try {
      again = await this.#options.handle(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#retried++;
      this.#failures.set(key, failures);
      again = backoffDelay(this.#options.backoff ?? { first: 10, limit: 60_000 }, failures, 1);
      this.#options.log.debug({ queue: this.#options.name, key, failures, error: String(error) }, 'will try again');
    }
    const dirty = this.#active.get(key) === true;
    this.#active.delete(key);
    if (dirty) this.add(key);
    else if (again !== undefined) this.addAfter(key, again);
    if (this.#waiting.size > 0) this.#schedule();
    if (this.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
