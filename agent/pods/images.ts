/**
 * Has the image of a container at hand before it is made: pull policy, logins, back-off, and what users are told of it.
 *
 * INVARIANTS: no caller waits for a pull; Pods that want the same image with the same logins share one pull; a pull
 * nobody waits for any more is given up.
 */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { ImageObservation, Images, RegistryLogin } from '../runtime/image.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import type { ReferencedObjects } from './container/environment.ts';
import type { PodEvents } from './events.ts';
import { goDuration } from './go-duration.ts';
import { ImageProblem, type Tell, teller } from './image-problem.ts';
import { PullFailures } from './pull-failures.ts';
import { pullLogins } from './pull-secrets.ts';
import { type SharedPull, SharedPulls } from './shared-pulls.ts';

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

/** When an answer that will not change by itself is looked at again, in milliseconds. */
const lookAgain = 10_000;

type Outcome =
  | { readonly state: 'pulling'; readonly reference: string; readonly pull: SharedPull }
  | { readonly state: 'pulled'; readonly reference: string; readonly image: ImageObservation };

/** Makes it. */
export function createImagePulls(options: ImagePullsOptions): ImagePulls {
  return new PolicyPulls(options);
}

class PolicyPulls implements ImagePulls {
  readonly images: Images;
  readonly #options: ImagePullsOptions;
  readonly #shared: SharedPulls;
  readonly #failures: PullFailures;
  /** By Pod uid, then container name. */
  readonly #outcomes = new Map<string, Map<string, Outcome>>();

  constructor(options: ImagePullsOptions) {
    this.images = options.images;
    this.#options = options;
    this.#shared = new SharedPulls(options);
    this.#failures = new PullFailures(options);
  }

  async ensure(pod: Pod, container: Container, objects: ReferencedObjects): Promise<ImageObservation | undefined> {
    const { clock, events } = this.#options;
    const reference = container.image ?? '';
    const tell = teller(events, pod, container);
    const own = this.#outcomes.get(pod.metadata.uid ?? '');
    const outcome = own?.get(keyOf(container));
    if (outcome?.reference === reference) {
      if (outcome.state === 'pulling') return undefined;
      own?.delete(keyOf(container));
      return outcome.image;
    }
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    const present = await find(this.images, reference, tell, clock.now());
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
    this.#failures.backOff(pod, container);
    this.#begin(pod, container, objects);
    return undefined;
  }

  async fetch(pod: Pod, container: Container, objects: ReferencedObjects): Promise<ImageObservation> {
    const found = await this.ensure(pod, container, objects);
    if (found !== undefined) return found;
    const outcome = (): Outcome | undefined => this.#outcomes.get(pod.metadata.uid ?? '')?.get(keyOf(container));
    const under = outcome();
    if (under?.state === 'pulling') await under.pull.done.catch(() => {});
    if (outcome()?.state !== 'pulled') {
      this.#failures.backOff(pod, container);
      const message = `pulling image "${container.image ?? ''}" was given up`;
      throw new ImageProblem('ErrImagePull', message, this.#options.clock.now());
    }
    return (await this.ensure(pod, container, objects)) as ImageObservation;
  }

  forget(uid: string): void {
    for (const outcome of this.#outcomes.get(uid)?.values() ?? [])
      if (outcome.state === 'pulling') this.#shared.leave(outcome.pull, uid);
    this.#outcomes.delete(uid);
    this.#failures.forget(uid);
  }

  #begin(pod: Pod, container: Container, objects: ReferencedObjects): void {
    const { events, clock, changed } = this.#options;
    const { uid = '' } = pod.metadata;
    const reference = container.image ?? '';
    const tell = teller(events, pod, container);
    const logins = loginsOf(pod, reference, objects, events);
    tell('Normal', 'Pulling', `Pulling image "${reference}"`);
    const asked = clock.now();
    const pull = this.#shared.join(reference, logins, uid);
    const own = this.#outcomes.get(uid) ?? new Map<string, Outcome>();
    this.#outcomes.set(uid, own);
    const mine: Outcome = { state: 'pulling', reference, pull };
    own.set(keyOf(container), mine);
    const settle = (next: () => void): void => {
      if (this.#outcomes.get(uid)?.get(keyOf(container)) !== mine) return;
      own.delete(keyOf(container));
      next();
      changed(uid);
    };
    pull.done.then(
      (image) =>
        settle(() => {
          const [took, waited] = [goDuration(clock.now() - pull.began), goDuration(clock.now() - asked)];
          const message = `Successfully pulled image "${reference}" in ${took} (${waited} including waiting). Image size: ${image.size} bytes.`;
          tell('Normal', 'Pulled', message);
          this.#failures.succeeded(uid, reference);
          own.set(keyOf(container), { state: 'pulled', reference, image });
        }),
      (error: unknown) =>
        settle(() => {
          const message = error instanceof Error ? error.message : String(error);
          tell('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`);
          this.#failures.failed(pod, reference, message);
        }),
    );
  }
}

/** What the Pod's pull secrets say for an image; those that are not there are told. */
function loginsOf(
  pod: Pod,
  reference: string,
  objects: ReferencedObjects,
  events: PodEvents,
): readonly RegistryLogin[] {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  const { logins, missing } = pullLogins(reference, names, objects.secret);
  if (missing.length > 0)
    events.report(pod, {
      type: 'Warning',
      reason: 'FailedToRetrieveImagePullSecret',
      message: `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
    });
  return logins;
}

/** Under which a container's outcome is kept; no container can be called like the key of an image alone. */
function keyOf({ name, image = '' }: Container): string {
  return name === '' ? `image:${image}` : name;
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
