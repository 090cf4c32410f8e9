/**
 * Has the image of a container at hand before it is made: pull policy, logins, back-off, and what users are told of it.
 *
 * INVARIANTS: no caller waits for a pull; Pods that want the same image with the same logins share one pull; a pull
 * nobody waits for any more is given up.
 */
import { createHash } from 'node:crypto';
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { ImageObservation, Images, RegistryLogin } from '../runtime/image.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import type { ReferencedObjects } from './container/environment.ts';
import type { PodEvents } from './events.ts';
import { goDuration } from './go-duration.ts';
import { pullLogins } from './pull-secrets.ts';

/** What pulling uses. */
export interface ImagePullsOptions {
  readonly images: Images;
  readonly events: PodEvents;
  readonly clock: Clock;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
  /** A pull a Pod waits for has ended. */
  readonly changed: (uid: string) => void;
}

/** The images containers are made from. */
export interface ImagePulls {
  /** The image; undefined while it is on its way, and `changed` tells when that is over. Rejects with ImageProblem. */
  ensure(pod: Pod, container: Container, objects: ReferencedObjects): Promise<ImageObservation | undefined>;
  /** As `ensure`, but waits; for an image that is no container's, whose name is then ''. */
  fetch(pod: Pod, container: Container, objects: ReferencedObjects): Promise<ImageObservation>;
  /** The Pod waits no more; whoever waits for it in `fetch` is told so. */
  forget(uid: string): void;
  readonly images: Images;
}

/** Why there is no image, in a kubelet's words, and until when (Unix milliseconds) that holds. */
export class ImageProblem extends RuntimeError {
  readonly until: number;

  constructor(reason: string, message: string, until: number) {
    super(reason, message);
    this.until = until;
  }
}

/** API: delays between pulls that fail, and when a past failure is forgotten; milliseconds. */
const delays = { first: 10_000, limit: 300_000, forget: 600_000 } as const;
/** How long a failure is shown as ErrImagePull before it is a back-off; a kubelet's next look comes about then. */
const errorShown = 5_000;
/** When an answer that will not change by itself is looked at again, in milliseconds. */
const lookAgain = 10_000;

interface SharedPull {
  readonly abort: AbortController;
  readonly waiting: Set<string>;
  readonly began: number;
  readonly done: Promise<ImageObservation>;
}

type Outcome =
  | { readonly state: 'pulling'; readonly reference: string; readonly pull: SharedPull }
  | { readonly state: 'pulled'; readonly reference: string; readonly image: ImageObservation };

interface Failure {
  readonly message: string;
  readonly at: number;
  readonly delay: number;
}

/** Makes it. */
export function createImagePulls(options: ImagePullsOptions): ImagePulls {
  const { images, events, clock } = options;
  const shared = new Map<string, SharedPull>();
  /** By Pod uid, then container name. */
  const outcomes = new Map<string, Map<string, Outcome>>();
  /** By Pod uid, then reference. */
  const failures = new Map<string, Map<string, Failure>>();

  function share(reference: string, logins: readonly RegistryLogin[], uid: string): SharedPull {
    const key = createHash('sha256')
      .update(JSON.stringify([reference, logins]))
      .digest('hex');
    const under = shared.get(key);
    if (under !== undefined && !under.abort.signal.aborted) {
      under.waiting.add(uid);
      return under;
    }
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, options.signal]);
    const done = images.pull(reference, logins, signal).finally(() => shared.delete(key));
    const pull = { abort, waiting: new Set([uid]), began: clock.now(), done };
    shared.set(key, pull);
    return pull;
  }

  function fail(pod: Pod, reference: string, message: string): void {
    const own = mapOf(failures, pod.metadata.uid ?? '');
    const before = own.get(reference);
    const fresh = before === undefined || clock.now() - before.at > delays.forget;
    const delay = fresh ? delays.first : Math.min(delays.limit, before.delay * 2);
    own.set(reference, { message, at: clock.now(), delay });
  }

  function begin(pod: Pod, container: Container, objects: ReferencedObjects): void {
    const { uid = '' } = pod.metadata;
    const reference = container.image ?? '';
    const tell = teller(events, pod, container);
    const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
    const { logins, missing } = pullLogins(reference, names, objects.secret);
    if (missing.length > 0)
      events.report(pod, {
        type: 'Warning',
        reason: 'FailedToRetrieveImagePullSecret',
        message: `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
      });
    tell('Normal', 'Pulling', `Pulling image "${reference}"`);
    const asked = clock.now();
    const pull = share(reference, logins, uid);
    const own = mapOf(outcomes, uid);
    const mine: Outcome = { state: 'pulling', reference, pull };
    own.set(keyOf(container), mine);
    const settle = (next: () => void): void => {
      if (outcomes.get(uid)?.get(keyOf(container)) !== mine) return;
      own.delete(keyOf(container));
      next();
      options.changed(uid);
    };
    pull.done.then(
      (image) =>
        settle(() => {
          const [took, waited] = [goDuration(clock.now() - pull.began), goDuration(clock.now() - asked)];
          const message = `Successfully pulled image "${reference}" in ${took} (${waited} including waiting). Image size: ${image.size} bytes.`;
          tell('Normal', 'Pulled', message);
          failures.get(uid)?.delete(reference);
          own.set(keyOf(container), { state: 'pulled', reference, image });
        }),
      (error: unknown) =>
        settle(() => {
          const message = error instanceof Error ? error.message : String(error);
          tell('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`);
          fail(pod, reference, message);
        }),
    );
  }

  /** Throws while pulling is no use yet. */
  function backOff(pod: Pod, container: Container): void {
    const reference = container.image ?? '';
    const failure = failures.get(pod.metadata.uid ?? '')?.get(reference);
    if (failure === undefined) return;
    const now = clock.now();
    const until = failure.at + failure.delay;
    if (now >= until) return;
    if (now < failure.at + errorShown)
      throw new ImageProblem('ErrImagePull', failure.message, Math.min(until, failure.at + errorShown));
    teller(events, pod, container)('Normal', 'BackOff', `Back-off pulling image "${reference}"`);
    const message = `Back-off pulling image "${reference}": ErrImagePull: ${failure.message}`;
    throw new ImageProblem('ImagePullBackOff', message, until);
  }

  const pulls: ImagePulls = {
    images,
    async fetch(pod, container, objects) {
      const found = await pulls.ensure(pod, container, objects);
      if (found !== undefined) return found;
      const outcome = (): Outcome | undefined => outcomes.get(pod.metadata.uid ?? '')?.get(keyOf(container));
      const under = outcome();
      if (under?.state === 'pulling') await under.pull.done.catch(() => {});
      if (outcome()?.state !== 'pulled') {
        backOff(pod, container);
        throw new ImageProblem('ErrImagePull', `pulling image "${container.image ?? ''}" was given up`, clock.now());
      }
      return (await pulls.ensure(pod, container, objects)) as ImageObservation;
    },
    async ensure(pod, container, objects) {
      const reference = container.image ?? '';
      const tell = teller(events, pod, container);
      const own = outcomes.get(pod.metadata.uid ?? '');
      const outcome = own?.get(keyOf(container));
      if (outcome?.reference === reference) {
        if (outcome.state === 'pulling') return undefined;
        own?.delete(keyOf(container));
        return outcome.image;
      }
      const policy = container.imagePullPolicy ?? 'IfNotPresent';
      const present = await find(images, reference, tell, clock.now());
      if (present !== undefined && policy !== 'Always') {
        tell(
          'Normal',
          'Pulled',
          `Container image "${reference}" already present on machine and can be accessed by the pod`,
        );
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image "${reference}" is not present with pull policy of Never`;
        tell('Warning', 'ErrImageNeverPull', message);
        throw new ImageProblem('ErrImageNeverPull', message, clock.now() + lookAgain);
      }
      backOff(pod, container);
      begin(pod, container, objects);
      return undefined;
    },
    forget(uid) {
      for (const outcome of outcomes.get(uid)?.values() ?? []) {
        if (outcome.state !== 'pulling') continue;
        outcome.pull.waiting.delete(uid);
        if (outcome.pull.waiting.size === 0) outcome.pull.abort.abort();
      }
      outcomes.delete(uid);
      failures.delete(uid);
    },
  };
  return pulls;
}

/** Under which a container's outcome is kept; no container can be called like the key of an image alone. */
function keyOf({ name, image = '' }: Container): string {
  return name === '' ? `image:${image}` : name;
}

type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

function teller(events: PodEvents, pod: Pod, container: Container): Tell {
  const place = container.name === '' ? {} : { container: container.name };
  return (type, reason, message) => events.report(pod, { type, reason, message, ...place });
}

/** What is on the node already; a name that is none is told in a kubelet's words. */
async function find(images: Images, reference: string, tell: Tell, now: number): Promise<ImageObservation | undefined> {
  try {
    return await images.find(reference);
  } catch (error) {
    const invalid = error instanceof RuntimeError && error.reason === 'InvalidImageName';
    const text = error instanceof Error ? error.message : String(error);
    const message = invalid
      ? `Failed to apply default image tag "${reference}": ${text}`
      : `Failed to inspect image "${reference}": ${text}`;
    tell('Warning', 'InspectFailed', message);
    throw new ImageProblem(invalid ? 'InvalidImageName' : 'ImageInspectError', message, now + lookAgain);
  }
}

function mapOf<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = maps.get(key) ?? new Map<string, V>();
  maps.set(key, found);
  return found;
}
