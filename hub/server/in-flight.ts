/** How many requests may be waiting at once. Long-running ones (watches, streams) are not counted. */
import { ApiError } from '../api/errors.ts';
import { mastersGroup } from '../api/user.ts';
import type { Call } from './call.ts';

/** Counts requests that wait for a commit or a slow reader. */
export class InFlight {
  readonly #limit: number;
  #now = 0;
  #writes = 0;

  constructor(options: { limit: number }) {
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#now;
  }

  /** Those of them that change something. */
  get writes(): number {
    return this.#writes;
  }

  /** Throws TooManyRequests when the server is full. API: members of system:masters are never turned away. */
  check(call: Call): void {
    if (this.#now < this.#limit || call.user.groups.includes(mastersGroup)) return;
    throw new ApiError('TooManyRequests', 'too many requests, please try again later', {
      details: { retryAfterSeconds: 1 },
    });
  }

  enter(call: Call): void {
    this.#now += 1;
    if (call.method !== 'GET') this.#writes += 1;
  }

  leave(call: Call): void {
    this.#now -= 1;
    if (call.method !== 'GET') this.#writes -= 1;
  }
}
