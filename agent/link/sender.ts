/** The sender: empties the outbox in numbered reports, a few at a time, and repeats what is not acknowledged. */
import type { EventReport, NodeReport, PodReport, ReportMessage } from '../../hub/api/link.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { backoffDelay } from '../../hub/base/backoff.ts';
import type { Clock } from '../../hub/base/clock.ts';
import { Outbox } from './outbox.ts';

/** Delays between repetitions of what the hub does not acknowledge, in milliseconds. */
const repetition = { first: 10_000, limit: 60_000, jitter: 0.2 };

/** Reports gather for this many milliseconds before they leave. */
const gather = 20;

/** Reports that may be on the way at once. */
const windowSize = 4;

/** INVARIANTS: nothing is sent between `pause` and `begin`; at most `windowSize` reports are unacknowledged. */
export class Sender {
  readonly #options: { clock: Clock; random: () => number; send: (report: ReportMessage) => void };
  readonly #outbox = new Outbox();
  #epoch: string | undefined;
  #cancelGather: (() => void) | undefined;
  #cancelRepeat: (() => void) | undefined;
  #repeats = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: { clock: Clock; random: () => number; send: (report: ReportMessage) => void }) {
    this.#options = options;
  }

  pod(report: PodReport): void {
    this.#outbox.pod(report);
    this.#gather();
  }

  node(report: NodeReport): void {
    this.#outbox.node(report);
    this.#gather();
  }

  event(report: EventReport): void {
    this.#outbox.event(report);
    this.#gather();
  }

  released(name: string): void {
    this.#outbox.released(name);
    this.#gather();
  }

  statics(pods: readonly Pod[]): void {
    this.#outbox.statics(pods);
    this.#gather();
  }

  /** A new epoch: everything that is not acknowledged goes out, the node as a whole. */
  begin(epoch: string): void {
    this.#outbox.restart();
    this.#epoch = epoch;
    this.#repeats = 0;
    this.#flush();
  }

  pause(): void {
    this.#epoch = undefined;
    this.stop();
  }

  stop(): void {
    this.#cancelGather?.();
    this.#cancelRepeat?.();
    this.#cancelGather = undefined;
    this.#cancelRepeat = undefined;
  }

  /** The hub committed everything up to `sequence`. */
  acknowledge(sequence: number): void {
    this.#outbox.acknowledge(sequence);
    this.#repeats = 0;
    this.#cancelRepeat?.();
    this.#cancelRepeat = undefined;
    this.#flush();
    if (this.#outbox.unacknowledged === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when the hub has committed what was reported so far, after `limit` milliseconds, or at once when nobody listens. */
  async delivered(limit: number): Promise<void> {
    this.#flush();
    if (this.#epoch === undefined || this.#outbox.unacknowledged === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(limit, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** The hub wants some of it again. */
  restate(request: { pods: readonly string[]; node: boolean }): void {
    this.#outbox.restate(request);
    this.#gather();
  }

  #gather(): void {
    if (this.#epoch === undefined) return;
    this.#cancelGather ??= this.#options.clock.after(gather, () => this.#flush());
  }

  #flush(): void {
    this.#cancelGather?.();
    this.#cancelGather = undefined;
    while (this.#epoch !== undefined && this.#outbox.unacknowledged < windowSize) {
      const report = this.#outbox.next(this.#epoch);
      if (report === undefined) break;
      this.#options.send(report);
    }
    if (this.#outbox.unacknowledged > 0 && this.#cancelRepeat === undefined) {
      const delay = backoffDelay(repetition, ++this.#repeats, this.#options.random());
      this.#cancelRepeat = this.#options.clock.after(delay, () => {
        this.#cancelRepeat = undefined;
        this.#outbox.repeat();
        this.#flush();
      });
    }
  }
}
