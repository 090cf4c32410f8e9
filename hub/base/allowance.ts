/** How often each of many may do something: a bucket each, that empties with use and fills up again slowly. */
import type { Clock } from './clock.ts';

/** `burst` times at once, then once each `refill` milliseconds. */
export interface AllowanceOptions {
  readonly burst: number;
  readonly refill: number;
  readonly clock: Clock;
  /** Buckets kept at most; beyond that the one that was used longest ago counts as full again. */
  readonly remembered?: number;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** The buckets, by any key. */
export class Allowance {
  readonly #options: AllowanceOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: AllowanceOptions) {
    this.#options = options;
  }

  /** True while `key` may once more. */
  allows(key: string): boolean {
    return this.#left(key) >= 1;
  }

  /** Counts one use of `key`, allowed or not. */
  spend(key: string): void {
    const left = Math.max(0, this.#left(key) - 1);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left, at: this.#options.clock.now() });
    const { burst, remembered = 10_000 } = this.#options;
    // those that were used longest ago come first; a full one is as good as none
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= remembered && this.#left(oldest) < burst) return;
      this.#buckets.delete(oldest);
    }
  }

  /** How many buckets are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Uses one of `key` if it may; answers whether it did. */
  take(key: string): boolean {
    if (!this.allows(key)) return false;
    this.spend(key);
    return true;
  }

  #left(key: string): number {
    const { burst, refill, clock } = this.#options;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.left + (clock.now() - bucket.at) / refill);
  }
}
