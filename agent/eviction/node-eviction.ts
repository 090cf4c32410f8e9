/**
 * Ends Pods before the machine runs out of something: looks at what is left, gives back what nobody needs, then picks who goes.
 *
 * INVARIANTS: one look at a time; one Pod is ended at a time, and the next only when the containers of the one before are
 * gone or have had their time; what a node can give back without harm goes before any Pod does.
 */
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Eviction } from './eviction.ts';
import { PressureGauge, type PressureGaugeOptions } from './pressure-gauge.ts';
import { refusalUnder } from './refusal.ts';
import { Relief, type ReliefOptions } from './relief.ts';
import { thresholdsOf } from './threshold.ts';

/** What eviction needs of its surroundings. */
export interface NodeEvictionOptions
  extends Omit<PressureGaugeOptions, 'thresholds' | 'transition'>,
    Omit<ReliefOptions, 'softGrace'> {
  readonly settings: CapacitySettings;
}

/** Milliseconds between two looks, and between two when something is nearly short. API: a kubelet's housekeeping. */
const often = 10_000;
const soon = 2000;

/** Makes the watch. */
export function createNodeEviction(options: NodeEvictionOptions): Eviction {
  const { settings, clock, log } = options;
  const thresholds = thresholdsOf(settings);
  const transition = settings.evictionPressureTransitionPeriod * 1000;
  const gauge = new PressureGauge({ ...options, thresholds, transition });
  const relief = new Relief({ ...options, softGrace: settings.evictionMaxPodGracePeriod });
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => {};

  /** Looks once and acts; answers when to look again, in milliseconds. */
  async function look(): Promise<number> {
    const { due, near } = await gauge.measure();
    if (!(await relief.enforceLimits()) && due !== undefined) await relief.relieve(due);
    return near ? soon : often;
  }

  function later(milliseconds: number): void {
    cancel = clock.after(milliseconds, () => {
      running = look()
        .catch((error: unknown) => {
          log.warn({ error: String(error) }, 'could not look at what is left of this machine');
          return often;
        })
        .then((again) => {
          if (!stopped) later(again);
        });
    });
  }

  return {
    name: 'eviction',
    async start() {
      // before the first Pod: what the machine is short of already decides who may begin
      await gauge.measure();
      later(soon);
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
    pressures: () => gauge.pressures,
    refuse: (pod) => refusalUnder(gauge.pressures, pod),
  };
}
