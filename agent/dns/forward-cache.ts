/** What upstreams answered, kept as long as it says itself, in bounded memory. */
import type { Clock } from '../../hub/base/clock.ts';
import type { Forwarded } from './wire/forwarded.ts';

/** CoreDNS: nothing is kept for more than so many seconds, whatever it says. */
export const longestKept = 30;
/** How long an answer may still be given when no upstream says anything, in seconds. */
const staleFor = 600;
/** The TTL of such an answer, in seconds: ask again soon. */
const staleTtl = 5;

/** At most so many answers, of so many bytes together. */
const defaultBounds = { entries: 10_000, bytes: 8 * 1024 * 1024 };

interface Kept {
  readonly forwarded: Forwarded;
  /** Unix milliseconds. */
  readonly until: number;
}

/** An answer, and how many seconds more a client may keep it. */
export interface KeptAnswer {
  readonly forwarded: Forwarded;
  readonly ttl: number;
}

/** The cache; what was not asked for the longest goes first. */
export class ForwardCache {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bounds: typeof defaultBounds;
  #bytes = 0;

  constructor(clock: Pick<Clock, 'now'>, bounds: typeof defaultBounds = defaultBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.#kept.size, bytes: this.#bytes };
  }

  /** An answer that still holds. */
  fresh(key: string): KeptAnswer | undefined {
    const kept = this.#kept.get(key);
    const left = kept === undefined ? 0 : kept.until - this.#clock.now();
    if (kept === undefined || left <= 0) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return { forwarded: kept.forwarded, ttl: Math.ceil(left / 1000) };
  }

  /** An answer from not long ago, for when there is no other. */
  stale(key: string): KeptAnswer | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.until + staleFor * 1000 < this.#clock.now()) return undefined;
    return { forwarded: kept.forwarded, ttl: staleTtl };
  }

  put(key: string, forwarded: Forwarded): void {
    const ttl = Math.min(forwarded.ttl, longestKept);
    if (ttl <= 0 || forwarded.truncated) return;
    this.#remove(key);
    this.#kept.set(key, { forwarded, until: this.#clock.now() + ttl * 1000 });
    this.#bytes += costOf(key, forwarded);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) break;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= costOf(key, kept.forwarded);
  }
}

/** About what an entry takes: its bytes, eight for each number of a list, and the objects around them. */
const costOf = (key: string, { bytes, ends }: Forwarded): number => key.length + bytes.length + ends.length * 16 + 300;
