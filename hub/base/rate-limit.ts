/** How often one address may fail: a bucket of tries that fills up again slowly. */
import type { Clock } from './clock.ts';

/** `burst` failures at once, then one each `refill` milliseconds. */
export interface RateLimitOptions {
  readonly burst: number;
  readonly refill: number;
  readonly clock: Clock;
}

/** Addresses remembered at most; beyond that the longest known is forgotten. */
const remembered = 10_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/** An IPv6 device has a whole /64: its addresses count as one. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '');
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain;
}

/** Counts failures by address. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** True while `address` may try again. */
  allows(address: string): boolean {
    return this.#left(networkOf(address)) >= 1;
  }

  /** Notes that a try of `address` failed. */
  failed(address: string): void {
    const network = networkOf(address);
    const left = Math.max(0, this.#left(network) - 1);
    this.#buckets.delete(network);
    this.#buckets.set(network, { left, at: this.#options.clock.now() });
    if (this.#buckets.size <= remembered) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }

  #left(network: string): number {
    const { burst, refill, clock } = this.#options;
    const bucket = this.#buckets.get(network);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.left + (clock.now() - bucket.at) / refill);
  }
}
