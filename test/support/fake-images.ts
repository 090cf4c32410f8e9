/** Images in memory whose pulls a test lets succeed or fail. */
import type { ImageObservation, Images, RegistryLogin } from '../../agent/runtime/image.ts';
import { RuntimeError } from '../../agent/runtime/runtime.ts';

/** A pull somebody waits for. */
export interface FakePull {
  readonly reference: string;
  readonly logins: readonly RegistryLogin[];
  readonly signal: AbortSignal;
  succeed(): void;
  fail(message: string): void;
}

/** The fake. */
export class FakeImages implements Images {
  readonly present = new Map<string, ImageObservation>();
  readonly pulls: FakePull[] = [];

  /** Puts an image on the node. */
  add(reference: string): ImageObservation {
    const image = {
      ...{ id: `sha256:${reference}`, tags: [reference], digests: [], size: 1000, user: { uid: 0 }, pinned: false },
    };
    this.present.set(reference, image);
    return image;
  }

  async find(reference: string): Promise<ImageObservation | undefined> {
    if (reference.includes(' ')) throw new RuntimeError('InvalidImageName', 'invalid reference format');
    return this.present.get(reference);
  }

  pull(reference: string, logins: readonly RegistryLogin[], signal: AbortSignal): Promise<ImageObservation> {
    return new Promise((resolve, reject) => {
      const fail = (message: string): void => reject(new RuntimeError('ErrImagePull', message));
      signal.addEventListener('abort', () => fail('aborted'), { once: true });
      this.pulls.push({ reference, logins, signal, succeed: () => resolve(this.add(reference)), fail });
    });
  }

  async list(): Promise<readonly ImageObservation[]> {
    return [...this.present.values()];
  }

  async remove(): Promise<void> {}

  async storage(): Promise<undefined> {
    return undefined;
  }

  async mount(): Promise<void> {}

  async unmount(): Promise<void> {}
}
