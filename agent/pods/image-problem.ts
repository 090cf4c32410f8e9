/** What users are told of images that cannot be had. */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { RuntimeError } from '../runtime/runtime.ts';
import type { PodEvents } from './events.ts';

/** Why there is no image, in a kubelet's words, and until when (Unix milliseconds) that holds. */
export class ImageProblem extends RuntimeError {
  readonly until: number;

  constructor(reason: string, message: string, until: number) {
    super(reason, message);
    this.until = until;
  }
}

/** Reports an event of one container. */
export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Makes it; the container of an image that is no container's has the name ''. */
export function teller(events: PodEvents, pod: Pod, container: Container): Tell {
  const place = container.name === '' ? {} : { container: container.name };
  return (type, reason, message) => events.report(pod, { type, reason, message, ...place });
}
