/** Has the image of a container at hand before it is made: pull policy, logins, and what users are told of it. */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { ImageObservation, Images, RegistryLogin } from '../runtime/image.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import { goDuration } from './container-status.ts';
import type { PodEvents } from './events.ts';

/** What pulling uses. */
export interface ImagesContext {
  readonly images: Images;
  readonly events: PodEvents;
  readonly clock: Clock;
  /** Logins of the Pod's imagePullSecrets for the registry of `reference`. */
  logins(pod: Pod, reference: string): readonly RegistryLogin[];
}

/** API: an image without a tag, or with the tag latest, is pulled each time unless the policy says otherwise. */
function policyOf(container: Container): string {
  return container.imagePullPolicy ?? 'IfNotPresent';
}

/** The image. Rejects with RuntimeError ErrImagePull, ErrImageNeverPull or InvalidImageName. */
export async function ensureImage(
  context: ImagesContext,
  pod: Pod,
  container: Container,
  signal: AbortSignal,
): Promise<ImageObservation> {
  const { images, events, clock } = context;
  const reference = container.image ?? '';
  const policy = policyOf(container);
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    events.report(pod, { type, reason, message, container: container.name });
  const present = await images.find(reference);
  if (present !== undefined && policy !== 'Always') {
    tell('Normal', 'Pulled', `Container image "${reference}" already present on machine`);
    return present;
  }
  if (policy === 'Never') {
    const message = `Container image "${reference}" is not present with pull policy of Never`;
    tell('Warning', 'ErrImageNeverPull', message);
    throw new RuntimeError('ErrImageNeverPull', message);
  }
  tell('Normal', 'Pulling', `Pulling image "${reference}"`);
  const began = clock.now();
  const pulled = await images.pull(reference, context.logins(pod, reference), signal);
  const took = goDuration(clock.now() - began);
  tell('Normal', 'Pulled', `Successfully pulled image "${reference}" in ${took}. Image size: ${pulled.size} bytes.`);
  return pulled;
}
