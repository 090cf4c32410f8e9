/** Requests that wait for a commit, a body or a slow reader, and the end of their time. Watches and streams are not among them. */
import type { Clock } from '../base/clock.ts';
import type { Call } from './call.ts';

/**
 * The requests in flight.
 *
 * INVARIANTS: one timer runs while there are any, for the one whose time is over next; those with a time of their own are
 * kept apart, so that the others end in the order they came.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #expire: (call: Call) => void;
  /** With the usual time, oldest first. */
  readonly #usual = new Set<Call>();
  /** With a time of their own, and how to cancel its timer. */
  readonly #own = new Map<Call, () => void>();
  #timer: (() => void) | undefined;
  #writes = 0;

  /** `expire` is called with each request whose time is over; it stays in flight until `leave`. */
  constructor(options: { clock: Clock; expire: (call: Call) => void }) {
    this.#clock = options.clock;
    this.#expire = options.expire;
  }

  get size(): number {
    return this.#usual.size + this.#own.size;
  }

  /** Those of them that change something. */
  get writes(): number {
    return this.#writes;
  }

  enter(call: Call): void {
    if (call.method !== 'GET') this.#writes += 1;
    if (call.hasOwnTimeout) {
      this.#own.set(
        call,
        this.#clock.after(left(call), () => this.#expire(call)),
      );
      return;
    }
    this.#usual.add(call);
    if (this.#timer === undefined) this.#arm(call);
  }

  leave(call: Call): void {
    if (call.method !== 'GET') this.#writes -= 1;
    if (this.#usual.delete(call)) return;
    this.#own.get(call)?.();
    this.#own.delete(call);
  }

  /** Lets go of the timer. */
  close(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #arm(next: Call): void {
    this.#timer = this.#clock.after(left(next), () => {
      this.#timer = undefined;
      for (const call of this.#usual) {
        if (left(call) > 0) {
          this.#arm(call);
          return;
        }
        if (!call.expired) this.#expire(call);
      }
    });
  }
}

/** Milliseconds that are left of a request's time. */
function left(call: Call): number {
  return call.timeout - (performance.now() - call.began);
}
