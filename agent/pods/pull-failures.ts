/** Pulls that failed, and the delay before each Pod's next one. */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { PodEvents } from './events.ts';
import { ImageProblem, teller } from './image-problem.ts';

/** API: delays between pulls that fail, and when a past failure is forgotten; milliseconds. */
const delays = { first: 10_000, limit: 300_000, forget: 600_000 } as const;
/** How long a failure is shown as ErrImagePull before it is a back-off; a kubelet's next look comes about then. */
const errorShown = 5_000;

interface Failure {
  readonly message: string;
  readonly at: number;
  readonly delay: number;
}

/** Remembers them by Pod and image. */
export class PullFailures {
  readonly #events: PodEvents;
  readonly #clock: Clock;
  /** By Pod uid, then reference. */
  readonly #failures = new Map<string, Map<string, Failure>>();

  constructor({ events, clock }: { events: PodEvents; clock: Clock }) {
    this.#events = events;
    this.#clock = clock;
  }

  failed({ metadata: { uid = '' } }: Pod, reference: string, message: string): void {
    const own = this.#failures.get(uid) ?? new Map<string, Failure>();
    this.#failures.set(uid, own);
    const now = this.#clock.now();
    const before = own.get(reference);
    const fresh = before === undefined || now - before.at > delays.forget;
    const delay = fresh ? delays.first : Math.min(delays.limit, before.delay * 2);
    own.set(reference, { message, at: now, delay });
  }

  succeeded(uid: string, reference: string): void {
    this.#failures.get(uid)?.delete(reference);
  }

  forget(uid: string): void {
    this.#failures.delete(uid);
  }

  /** Throws ImageProblem while pulling is no use yet. */
  backOff(pod: Pod, container: Container): void {
    const reference = container.image ?? '';
    const failure = this.#failures.get(pod.metadata.uid ?? '')?.get(reference);
    if (failure === undefined) return;
    const now = this.#clock.now();
    const until = failure.at + failure.delay;
    if (now >= until) return;
    if (now < failure.at + errorShown)
      throw new ImageProblem('ErrImagePull', failure.message, Math.min(until, failure.at + errorShown));
    teller(this.#events, pod, container)('Normal', 'BackOff', `Back-off pulling image "${reference}"`);
    const message = `Back-off pulling image "${reference}": ErrImagePull: ${failure.message}`;
    throw new ImageProblem('ImagePullBackOff', message, until);
  }
}
