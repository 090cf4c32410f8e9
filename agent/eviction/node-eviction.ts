/**
 * Ends Pods before the machine runs out of something: looks at what is left, gives back what nobody needs, then picks who goes.
 *
 * INVARIANTS: one look at a time; one Pod is ended at a time, and the next only when the containers of the one before are
 * gone or have had their time; what a node can give back without harm goes before any Pod does.
 */
import type { Pod } from '../../hub/api/pod.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { PodFailure } from '../state/checkpoints.ts';
import { isCritical, type PodCost, ranked } from './cost.ts';
import type { Eviction } from './eviction.ts';
import { brokenLimit, hasLocalLimits } from './local-limits.ts';
import { shortageMessage } from './message.ts';
import { refusalUnder } from './refusal.ts';
import { type Pressure, type Readings, resourceOf, type Signal } from './signal.ts';
import { isMet, isNear, type Threshold, thresholdsOf } from './threshold.ts';
import { noPressure, verdict } from './verdict.ts';

/** What eviction needs of its surroundings. */
export interface NodeEvictionOptions {
  readonly settings: CapacitySettings;
  readonly read: () => Promise<Readings>;
  readonly pods: {
    active(): Iterable<Pod>;
    evict(uid: string, failure: PodFailure): boolean;
    /** True while a container of the Pod runs. */
    runs(uid: string): Promise<boolean>;
  };
  /** What these Pods use now. */
  readonly cost: (pods: readonly Pod[]) => Promise<readonly PodCost[]>;
  /** Gives back what no Pod needs of what `signal` is short of: images nobody uses, containers that ended. */
  readonly reclaim: (signal: Signal) => Promise<void>;
  /** `pressures` are others now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two looks, and between two when something is nearly short. API: a kubelet's housekeeping. */
const often = 10_000;
const soon = 2000;
/** How long the containers of an ended Pod are waited for, in milliseconds. */
const cleanup = 30_000;
/** Measuring Pods may take so much of the time at most. */
const measuringShare = 0.01;

/** API: the grace of a Pod ended by a hard threshold or a limit of its own, in seconds. */
const atOnce = 1;

/** Makes the watch. */
export function createNodeEviction(options: NodeEvictionOptions): Eviction {
  const { settings, pods, clock, log } = options;
  const thresholds = thresholdsOf(settings);
  const transition = settings.evictionPressureTransitionPeriod * 1000;
  let state = noPressure;
  let pressures: ReadonlySet<Pressure> = new Set();
  let measureAt = 0;
  let leaving: { uid: string; until: number } | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => {};

  /** Measures what is left; answers what is to be acted on, and whether to look again soon. */
  async function measure(): Promise<{ due: Threshold | undefined; near: boolean }> {
    const readings = await options.read();
    const next = verdict({ before: state, thresholds, readings, transition, now: clock.now() });
    state = next.state;
    const same = next.pressures.size === pressures.size && [...next.pressures].every((one) => pressures.has(one));
    pressures = next.pressures;
    if (!same) {
      log.warn({ pressures: [...pressures] }, 'what this node is short of has changed');
      options.changed();
    }
    return { due: next.due[0], near: state.since.size > 0 || isNear(thresholds, readings) };
  }

  /** Looks once and acts; answers when to look again, in milliseconds. */
  async function look(): Promise<number> {
    const { due, near } = await measure();
    if (!(await enforceLimits()) && due !== undefined) await relieve(due);
    return near ? soon : often;
  }

  /** Ends the Pods that pass a limit of their own; true when there was one. */
  async function enforceLimits(): Promise<boolean> {
    const limited = [...pods.active()].filter(hasLocalLimits);
    const began = clock.now();
    if (limited.length === 0 || began < measureAt) return false;
    let any = false;
    for (const cost of await options.cost(limited)) {
      const message = brokenLimit(cost);
      if (message !== undefined) any = evict(cost.pod, { reason: 'Evicted', message, grace: atOnce }) || any;
    }
    measureAt = clock.now() + (clock.now() - began) / measuringShare;
    return any;
  }

  async function relieve(threshold: Threshold): Promise<void> {
    if (await isLeaving()) return;
    await options.reclaim(threshold.signal).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'could not give back what nobody needs');
    });
    const readings = await options.read();
    if (!isMet(threshold, readings, true)) return;
    const candidates = ranked(await options.cost([...pods.active()]), threshold.signal);
    for (const cost of candidates) {
      const message = shortageMessage(threshold, readings[threshold.signal], cost);
      const grace = threshold.hard ? atOnce : settings.evictionMaxPodGracePeriod;
      const disruption = { reason: 'TerminationByKubelet', message };
      if (!evict(cost.pod, { reason: 'Evicted', message, grace, disruption })) continue;
      leaving = { uid: cost.pod.metadata.uid ?? '', until: clock.now() + cleanup };
      return;
    }
    log.warn(
      { resource: resourceOf[threshold.signal] },
      'this node is short of something and has no Pod to end for it',
    );
  }

  function evict(pod: Pod, failure: PodFailure): boolean {
    if (isCritical(pod)) return false;
    const { uid = '', namespace, name } = pod.metadata;
    if (!pods.evict(uid, failure)) return false;
    log.warn({ pod: name, namespace, why: failure.message }, 'ended a Pod');
    return true;
  }

  async function isLeaving(): Promise<boolean> {
    if (leaving === undefined) return false;
    if (clock.now() < leaving.until && (await pods.runs(leaving.uid))) return true;
    leaving = undefined;
    return false;
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
      await measure();
      later(soon);
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
    pressures: () => pressures,
    refuse: (pod) => refusalUnder(pressures, pod),
  };
}
