/** Pulls that several Pods wait for: the same image with the same logins is pulled once. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../hub/base/clock.ts';
import type { ImageObservation, Images, RegistryLogin } from '../runtime/image.ts';

/** One that is under way, for the Pods with these uids. */
export interface SharedPull {
  readonly abort: AbortController;
  readonly waiting: Set<string>;
  /** Unix milliseconds. */
  readonly began: number;
  readonly done: Promise<ImageObservation>;
}

/** What pulling uses; the signal aborts when the agent stops. */
export interface SharedPullsOptions {
  readonly images: Images;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The pulls under way. */
export class SharedPulls {
  readonly #options: SharedPullsOptions;
  readonly #underWay = new Map<string, SharedPull>();

  constructor(options: SharedPullsOptions) {
    this.#options = options;
  }

  /** Has the Pod wait for a pull, which begins unless it is under way. */
  join(reference: string, logins: readonly RegistryLogin[], uid: string): SharedPull {
    const { images, clock, signal: stopped } = this.#options;
    const key = createHash('sha256')
      .update(JSON.stringify([reference, logins]))
      .digest('hex');
    const under = this.#underWay.get(key);
    if (under !== undefined && !under.abort.signal.aborted) {
      under.waiting.add(uid);
      return under;
    }
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, stopped]);
    const done = images.pull(reference, logins, signal).finally(() => this.#underWay.delete(key));
    const pull = { abort, waiting: new Set([uid]), began: clock.now(), done };
    this.#underWay.set(key, pull);
    return pull;
  }

  /** The Pod waits no more; a pull nobody waits for is given up. */
  leave(pull: SharedPull, uid: string): void {
    pull.waiting.delete(uid);
    if (pull.waiting.size === 0) pull.abort.abort();
  }
}
