/** Pods that found no node: they sleep until something that could help has happened, and never try in a tight loop. */
import { backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';

interface Sleeper {
  readonly priority: number;
  readonly failures: number;
  /** Not before this time (Unix milliseconds). */
  readonly notBefore: number;
}

/** API: podInitialBackoffSeconds and podMaxBackoffSeconds. */
const backoff = { first: 1000, limit: 10_000 };
/** How much is collected before sleepers are woken together, in milliseconds. */
const gather = 20;

/** The sleepers. `wake` is called with each key that may try again. */
export class WaitingPods {
  readonly #clock: Clock;
  readonly #wake: (key: string, priority: number) => void;
  readonly #sleepers = new Map<string, Sleeper>();
  readonly #failures = new Map<string, number>();
  readonly #pending = new Set<string>();
  #cancel: (() => void) | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, wake: (key: string, priority: number) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  get size(): number {
    return this.#sleepers.size;
  }

  has(key: string): boolean {
    return this.#sleepers.has(key);
  }

  /** Puts a Pod to sleep after a failed try. */
  sleep(key: string, priority: number): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#sleepers.set(key, { priority, failures, notBefore: this.#clock.now() + backoffDelay(backoff, failures, 1) });
  }

  /** Something may help `key` at once (the Pod itself was changed). */
  retry(key: string): void {
    const sleeper = this.#sleepers.get(key);
    if (sleeper === undefined) return;
    this.#sleepers.delete(key);
    this.#pending.delete(key);
    this.#wake(key, sleeper.priority);
  }

  /** The Pod is gone or bound. */
  forget(key: string): void {
    this.#sleepers.delete(key);
    this.#failures.delete(key);
    this.#pending.delete(key);
  }

  /** Something may help these. */
  retrySome(keys: Iterable<string>): void {
    const before = this.#pending.size;
    for (const key of keys) if (this.#sleepers.has(key)) this.#pending.add(key);
    if (this.#pending.size > before) this.#arm(this.#clock.now() + gather);
  }

  /** Something may help everybody: a node came or changed, a Pod went. */
  retryAll(): void {
    if (this.#sleepers.size === this.#pending.size) return;
    for (const key of this.#sleepers.keys()) this.#pending.add(key);
    this.#arm(this.#clock.now() + gather);
  }

  stop(): void {
    this.#cancel?.();
    this.#sleepers.clear();
    this.#pending.clear();
  }

  #arm(due: number): void {
    if (due >= this.#due) return;
    this.#cancel?.();
    this.#due = due;
    this.#cancel = this.#clock.after(due - this.#clock.now(), () => this.#fire());
  }

  #fire(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#cancel = undefined;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const key of this.#pending) {
      const sleeper = this.#sleepers.get(key);
      if (sleeper === undefined) this.#pending.delete(key);
      else if (sleeper.notBefore <= now) this.retry(key);
      else next = Math.min(next, sleeper.notBefore);
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
