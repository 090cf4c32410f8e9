/** The images of a CRI runtime. */
import type { ImageObservation, Images, RegistryLogin } from '../image.ts';
import { RuntimeError } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { isNotFound, isUnavailable } from './cri-error.ts';
import { invalidReference } from './image-reference.ts';
import type { ImageMounts } from './image-mounts.ts';
import type { ImageMessage } from './messages.ts';

/** Milliseconds a pull may take: as long as it goes on, the runtime gives up by itself. */
const pullPatience = 24 * 3600_000;

/** The image in our words. API: an image that names no user runs as root. */
export function observeImage(image: ImageMessage): ImageObservation {
  const { id, repoTags, repoDigests, size, uid, username, pinned } = image;
  const user = uid !== null ? { uid: uid.value } : username === '' ? { uid: 0 } : { name: username };
  return { id, tags: repoTags, digests: repoDigests, size, user, pinned };
}

/** The images behind `connection`. `sandboxImage` is kept: runtimes before containerd 1.7 do not say that it is pinned. */
export function createImages(
  connection: Connection,
  mounts: ImageMounts,
  sandboxImage: () => string | undefined = () => undefined,
): Images {
  async function find(reference: string): Promise<ImageObservation | undefined> {
    const invalid = invalidReference(reference);
    if (invalid !== undefined) throw new RuntimeError('InvalidImageName', invalid);
    try {
      const { image } = await connection.call('ImageStatus', { image: { image: reference }, verbose: false });
      return image === null ? undefined : observeImage(image);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw imageError(error, reference, 'ImageInspectError');
    }
  }

  async function pullAs(reference: string, login: RegistryLogin | undefined, signal: AbortSignal): Promise<string> {
    const auth = login === undefined ? {} : { auth: login };
    const request = { image: { image: reference }, ...auth };
    return (await connection.call('PullImage', request, { timeout: pullPatience, signal })).imageRef;
  }

  return {
    find,
    async pull(reference, logins, signal) {
      const attempts: (RegistryLogin | undefined)[] = logins.length === 0 ? [undefined] : [...logins];
      let failure: unknown;
      for (const login of attempts) {
        try {
          const image = await find(await pullAs(reference, login, signal));
          if (image !== undefined) return image;
          failure = new RuntimeError('ErrImagePull', `the image "${reference}" is not there after it was pulled`);
        } catch (error) {
          failure = error;
          if (signal.aborted || isUnavailable(error)) break;
        }
      }
      throw imageError(failure, reference, 'ErrImagePull');
    },
    async list() {
      const kept = sandboxImage();
      return (await connection.call('ListImages', {})).images.map((image) => {
        const observed = observeImage(image);
        const names = [...observed.tags, ...observed.digests];
        return kept !== undefined && names.includes(kept) ? { ...observed, pinned: true } : observed;
      });
    },
    async remove(id) {
      await connection.call('RemoveImage', { image: { image: id } });
    },
    async storage() {
      const [disk] = (await connection.call('ImageFsInfo', {})).imageFilesystems;
      if (disk === undefined) return undefined;
      return {
        mountpoint: disk.fsId?.mountpoint ?? '',
        bytes: disk.usedBytes?.value ?? 0,
        inodes: disk.inodesUsed?.value ?? 0,
      };
    },
    mount: (reference, directory) => mounts.mount(reference, directory),
    unmount: (directory) => mounts.unmount(directory),
  };
}

/** API: reasons a runtime puts before its message, and what a kubelet makes of them. */
const ownReasons: Readonly<Record<string, string>> = {
  RegistryUnavailable: 'the registry is unavailable',
  SignatureValidationFailed: 'the signature validation failed',
};

function imageError(error: unknown, reference: string, reason: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [, own = '', rest = ''] = /^(\w+)\b:?\s*(.*)$/s.exec(message) ?? [];
  const because = ownReasons[own];
  if (because === undefined) return new RuntimeError(reason, message, { cause: error });
  const why = `image pull failed for ${reference} because ${because}${rest === '' ? '' : `: ${rest}`}`;
  return new RuntimeError(own, why, { cause: error });
}
