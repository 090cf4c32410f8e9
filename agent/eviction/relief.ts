/** Ends Pods: those that pass a limit of their own, and one at a time where the node is short of something. */
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { PodFailure } from '../state/checkpoints.ts';
import { isCritical, type PodCost, ranked } from './cost.ts';
import { brokenLimit, hasLocalLimits } from './local-limits.ts';
import { shortageMessage } from './message.ts';
import { type Readings, resourceOf, type Signal } from './signal.ts';
import { isMet, type Threshold } from './threshold.ts';

/** How long the containers of an ended Pod are waited for, in milliseconds. */
const cleanup = 30_000;
/** Measuring Pods may take so much of the time at most. */
const measuringShare = 0.01;

/** API: the grace of a Pod ended by a hard threshold or a limit of its own, in seconds. */
const atOnce = 1;

/** What it needs of its surroundings. */
export interface ReliefOptions {
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
  /** API: the grace of a Pod ended by a soft threshold, in seconds. */
  readonly softGrace: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Remembers which Pod is on its way. */
export class Relief {
  readonly #options: ReliefOptions;
  #measureAt = 0;
  #leaving: { uid: string; until: number } | undefined;

  constructor(options: ReliefOptions) {
    this.#options = options;
  }

  /** Ends the Pods that pass a limit of their own; true when there was one. */
  async enforceLimits(): Promise<boolean> {
    const { pods, cost: measured, clock } = this.#options;
    const limited = [...pods.active()].filter(hasLocalLimits);
    const began = clock.now();
    if (limited.length === 0 || began < this.#measureAt) return false;
    let any = false;
    for (const cost of await measured(limited)) {
      const message = brokenLimit(cost);
      if (message !== undefined) any = this.#evict(cost.pod, { reason: 'Evicted', message, grace: atOnce }) || any;
    }
    this.#measureAt = clock.now() + (clock.now() - began) / measuringShare;
    return any;
  }

  /** Gives back what nobody needs, and ends a Pod where that is not enough. */
  async relieve(threshold: Threshold): Promise<void> {
    const { reclaim, read, pods, clock, log, softGrace } = this.#options;
    if (await this.#isLeaving()) return;
    await reclaim(threshold.signal).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'could not give back what nobody needs');
    });
    const readings = await read();
    if (!isMet(threshold, readings, true)) return;
    const candidates = ranked(await this.#options.cost([...pods.active()]), threshold.signal);
    for (const cost of candidates) {
      const message = shortageMessage(threshold, readings[threshold.signal], cost);
      const grace = threshold.hard ? atOnce : softGrace;
      const disruption = { reason: 'TerminationByKubelet', message };
      if (!this.#evict(cost.pod, { reason: 'Evicted', message, grace, disruption })) continue;
      this.#leaving = { uid: cost.pod.metadata.uid ?? '', until: clock.now() + cleanup };
      return;
    }
    log.warn(
      { resource: resourceOf[threshold.signal] },
      'this node is short of something and has no Pod to end for it',
    );
  }

  #evict(pod: Pod, failure: PodFailure): boolean {
    if (isCritical(pod)) return false;
    const { uid = '', namespace, name } = pod.metadata;
    if (!this.#options.pods.evict(uid, failure)) return false;
    this.#options.log.warn({ pod: name, namespace, why: failure.message }, 'ended a Pod');
    return true;
  }

  async #isLeaving(): Promise<boolean> {
    const { pods, clock } = this.#options;
    if (this.#leaving === undefined) return false;
    if (clock.now() < this.#leaving.until && (await pods.runs(this.#leaving.uid))) return true;
    this.#leaving = undefined;
    return false;
  }
}
