/** What this node is short of, as it was last measured. */
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { Pressure, Readings } from './signal.ts';
import { isNear, type Threshold } from './threshold.ts';
import { noPressure, verdict } from './verdict.ts';

/** What it is made from. */
export interface PressureGaugeOptions {
  readonly thresholds: readonly Threshold[];
  /** How long a pressure is shown after it was last seen, in milliseconds. */
  readonly transition: number;
  readonly read: () => Promise<Readings>;
  /** `pressures` are others now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Remembers from one look to the next. */
export class PressureGauge {
  readonly #options: PressureGaugeOptions;
  #state = noPressure;
  #pressures: ReadonlySet<Pressure> = new Set();

  constructor(options: PressureGaugeOptions) {
    this.#options = options;
  }

  get pressures(): ReadonlySet<Pressure> {
    return this.#pressures;
  }

  /** Measures what is left; answers what is to be acted on, and whether to look again soon. */
  async measure(): Promise<{ due: Threshold | undefined; near: boolean }> {
    const { thresholds, transition, clock } = this.#options;
    const readings = await this.#options.read();
    const next = verdict({ before: this.#state, thresholds, readings, transition, now: clock.now() });
    this.#state = next.state;
    this.#show(next.pressures);
    return { due: next.due[0], near: this.#state.since.size > 0 || isNear(thresholds, readings) };
  }

  #show(next: ReadonlySet<Pressure>): void {
    const before = this.#pressures;
    this.#pressures = next;
    if (next.size === before.size && [...next].every((one) => before.has(one))) return;
    this.#options.log.warn({ pressures: [...next] }, 'what this node is short of has changed');
    this.#options.changed();
  }
}
