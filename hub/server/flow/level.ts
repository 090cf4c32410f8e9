/** One priority level at work: its seats, and the queues in which requests wait for one. */
import type { PriorityLevelConfiguration } from '../../api/flow-control.ts';
import { dealHand } from './hand.ts';
import type { Limits } from './limits.ts';
import type { SeatTaker, Seats } from './seats.ts';

/** A request that waits. */
export interface Waiting {
  /** Called when it has its turn. */
  begin(): void;
}

type Queue = Waiting[];

/**
 * A priority level.
 *
 * INVARIANTS: requests of one queue begin in the order they came; queues take turns; a request waits in the shortest queue
 * of its flow's hand.
 */
export class Level implements SeatTaker {
  readonly name: string;
  readonly isExempt: boolean;
  readonly #seats: Seats;
  uid = '';
  lower = 0;
  upper = 0;
  nominal = 0;
  /** Requests that hold a seat. */
  busy = 0;
  /** Requests that wait for one. */
  waiting = 0;
  /** Undefined: those without a seat are refused. */
  #queues: readonly Queue[] | undefined;
  #handSize = 0;
  #lengthLimit = 0;
  /** Queues in which somebody waits, in the order of their turns. */
  #turns: Queue[] = [];

  constructor(name: string, isExempt: boolean, seats: Seats) {
    this.name = name;
    this.isExempt = isExempt;
    this.#seats = seats;
  }

  /** Takes over what the object says. Requests that wait go on waiting where they are. */
  configure(object: PriorityLevelConfiguration, limits: Limits): void {
    this.uid = object.metadata.uid ?? '';
    this.lower = limits.lower;
    this.upper = limits.upper;
    this.nominal = limits.nominal;
    const queuing = object.spec?.limited?.limitResponse?.queuing;
    if (queuing === undefined) {
      this.#queues = undefined;
      return;
    }
    const { queues = 1, handSize = 1, queueLengthLimit = 1 } = queuing;
    this.#handSize = handSize;
    this.#lengthLimit = queueLengthLimit;
    if (this.#queues?.length !== queues) this.#queues = Array.from({ length: queues }, () => []);
  }

  /** True when a request may begin now. */
  get isFree(): boolean {
    return this.busy < this.lower || (this.busy < this.upper && this.#seats.spare > 0);
  }

  /** True when a request that just came may begin: nobody came before it. */
  get admits(): boolean {
    return this.waiting === 0 && this.isFree;
  }

  /** How much of its share the level uses. */
  get use(): number {
    return this.nominal === 0 ? Number.POSITIVE_INFINITY : this.busy / this.nominal;
  }

  /** A request that lasts holds a seat. */
  take(): void {
    if (!this.isExempt && this.busy >= this.lower) this.#seats.commit(1);
    this.busy += 1;
  }

  /** It is over: whoever waits is next. */
  release(): void {
    this.busy -= 1;
    if (!this.isExempt && this.busy >= this.lower) this.#seats.commit(-1);
    this.#seats.next();
  }

  /** Lets a request of `flow` wait; or why it cannot. The answer's `leave` takes it out again. */
  wait(flow: string, request: Waiting): { leave(): void } | 'concurrency-limit' | 'queue-full' {
    const queues = this.#queues;
    if (queues === undefined) return 'concurrency-limit';
    let shortest: Queue | undefined;
    for (const index of dealHand(flow, queues.length, this.#handSize)) {
      const queue = queues[index];
      if (queue !== undefined && (shortest === undefined || queue.length < shortest.length)) shortest = queue;
    }
    if (shortest === undefined || shortest.length >= this.#lengthLimit) return 'queue-full';
    const queue = shortest;
    if (queue.length === 0) this.#turns.push(queue);
    queue.push(request);
    this.#count(1);
    return { leave: () => this.#leave(queue, request) };
  }

  /** Begins the request whose turn it is. */
  begin(): void {
    const queue = this.#turns.shift();
    const request = queue?.shift();
    if (queue === undefined || request === undefined) return;
    if (queue.length > 0) this.#turns.push(queue);
    this.#count(-1);
    request.begin();
  }

  #leave(queue: Queue, request: Waiting): void {
    const at = queue.indexOf(request);
    if (at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) this.#turns = this.#turns.filter((one) => one !== queue);
    this.#count(-1);
  }

  #count(change: 1 | -1): void {
    this.waiting += change;
    this.#seats.waiting += change;
  }
}
