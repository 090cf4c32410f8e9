/** Requests that wait for a commit, a body or a slow reader, and the end of their time. Watches and streams are not among them. */
import type { Clock } from '../base/clock.ts';
import type { Call } from './call.ts';

/**
 * The requests in flight.
 *
 * INVARIANTS: one timer runs while there are any, for the one whose time is over next; those with a time of their own are
 * kept apart, so that the others end in the order they came. Those stand in a line that is linked through the calls: the
 * tables a Set has grown out of would keep calls that have long been answered from being collected with the young.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #expire: (call: Call) => void;
  /** Both ends of the line of those with the usual time. */
  #oldest: Call | undefined = undefined;
  #newest: Call | undefined = undefined;
  #usual = 0;
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
    return this.#usual + this.#own.size;
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
    this.#queue(call);
    if (this.#timer === undefined) this.#arm(call);
  }

  leave(call: Call): void {
    if (call.method !== 'GET') this.#writes -= 1;
    if (call.hasOwnTimeout) {
      this.#own.get(call)?.();
      this.#own.delete(call);
    } else {
      this.#unqueue(call);
    }
  }

  /** Lets go of the timer. */
  close(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #queue(call: Call): void {
    call.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = call;
    else this.#newest.newer = call;
    this.#newest = call;
    this.#usual += 1;
  }

  #unqueue(call: Call): void {
    const { older, newer } = call;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    call.older = undefined;
    call.newer = undefined;
    this.#usual -= 1;
  }

  #arm(next: Call): void {
    this.#timer = this.#clock.after(left(next), () => {
      this.#timer = undefined;
      for (let call = this.#oldest; call !== undefined; call = call.newer) {
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
