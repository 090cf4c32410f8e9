/** Putting a Pod's volumes on disk: one directory a volume below the Pod's own. */
import { mkdir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod, Volume } from '../../hub/api/pod.ts';
import type { Images } from '../runtime/image.ts';
import { unmountWithin } from './mount.ts';
import type { LocalVolumes } from './persistent.ts';
import { VolumePlacer } from './place-volume.ts';
import { makePodDirectory, pathPart, podDirectory } from './pod-directory.ts';
import { removeTree } from './remove-tree.ts';
import { pinSubPath, showAt } from './sub-path.ts';
import { UnprocessedVolume } from './unprocessed.ts';
import { emptyDirUsage } from './usage.ts';
import {
  type PlacedVolume,
  type Placement,
  type SubPathRequest,
  VolumeError,
  type Volumes,
  type VolumeSources,
  type VolumeUsage,
} from './volumes.ts';

/** Options of `createVolumes`. */
export interface DiskVolumesOptions {
  /** Everything it makes is below it, one directory a Pod. */
  readonly dir: string;
  /** True when containers see volumes by mounts, false when they are host processes that walk there. */
  readonly mounts: boolean;
  /** Unset where there are no images. */
  readonly images?: Pick<Images, 'unmount'>;
  /** Where the built-in provisioner keeps volumes; unset: it is not known on this node. */
  readonly local?: LocalVolumes;
}

/** Makes volumes below `dir`. */
export function createVolumes(options: DiskVolumesOptions): Volumes {
  return new DiskVolumes(options);
}

class DiskVolumes implements Volumes {
  readonly #options: DiskVolumesOptions;
  readonly #placer: VolumePlacer;
  /** By Pod: what was put in place in this life of the agent. */
  readonly #placed = new Map<string, Map<string, PlacedVolume>>();

  constructor(options: DiskVolumesOptions) {
    this.#options = options;
    this.#placer = new VolumePlacer(options.local);
  }

  async prepare(pod: Pod, sources: VolumeSources): Promise<Placement> {
    const { dir, mounts } = this.#options;
    const uid = pod.metadata.uid ?? '';
    const wanted = pod.spec.volumes ?? [];
    const before = this.#placed.get(uid) ?? new Map<string, PlacedVolume>();
    if (wanted.length === 0) return { volumes: before, stale: [] };
    const place = podDirectory(dir, uid);
    try {
      await mkdir(dir, { recursive: true, mode: 0o711 });
      await makePodDirectory(place, pod, mounts && !sources.hostProcesses);
    } catch (error) {
      throw new VolumeError(`error making pod data directories: ${textOf(error)}`, { cause: error });
    }
    const put = (volume: Volume): Promise<PlacedVolume> =>
      this.#placer.put({ volume, pod, place, sources, before: before.get(volume.name) });
    const results = await Promise.allSettled(wanted.map(put));
    const stale: string[] = [];
    const failures: unknown[] = [];
    const volumes = new Map(before);
    for (const [index, result] of results.entries()) {
      const name = wanted[index]?.name ?? '';
      if (result.status === 'fulfilled') volumes.set(name, result.value);
      else if (before.has(name)) stale.push(explain(name, result.reason).message);
      else failures.push(explain(name, result.reason));
    }
    this.#placed.set(uid, volumes);
    if (failures.length > 0) throw failures[0];
    return { volumes, stale };
  }

  async subPath({ uid, container, index, volume, subPath }: SubPathRequest): Promise<string> {
    const { dir, mounts } = this.#options;
    const held = await pinSubPath(volume.path, subPath).catch((error: unknown) => {
      throw error instanceof VolumeError ? error : new VolumeError(String(error), { cause: error });
    });
    try {
      // a host process walks there itself, with its own rights
      if (!mounts) return await realpath(`/proc/self/fd/${held.fd}`);
      const target = join(podDirectory(dir, uid).subPaths, pathPart(container), String(index));
      await showAt(held, target);
      return target;
    } finally {
      await held.close();
    }
  }

  async remove(uid: string): Promise<void> {
    const { dir, images } = this.#options;
    const place = podDirectory(dir, uid);
    const root = await realpath(place.root).catch(() => undefined);
    if (root !== undefined) {
      // parts of an image are shown beside it, and would keep it in use
      await unmountWithin(join(root, 'subpaths'));
      if (images !== undefined)
        for (const name of await readdir(place.images).catch(() => [])) await images.unmount(join(place.images, name));
      await unmountWithin(root);
      await removeTree(place.root);
    }
    this.#placed.delete(uid);
    this.#placer.release(uid);
  }

  async sweep(known: (uid: string) => boolean): Promise<string[]> {
    const found = await readdir(this.#options.dir, { withFileTypes: true }).catch(() => []);
    const left = found.filter((entry) => entry.isDirectory() && !known(entry.name)).map((entry) => entry.name);
    const removed: string[] = [];
    for (const uid of left) {
      // a Pod may have come in the meantime
      if (known(uid)) continue;
      await this.remove(uid);
      removed.push(uid);
    }
    return removed;
  }

  usage(pod: Pod): Promise<readonly VolumeUsage[]> {
    return emptyDirUsage(pod, podDirectory(this.#options.dir, pod.metadata.uid ?? ''));
  }
}

/** What a user reads; what the runtime says of an image stays its own. */
function explain(name: string, error: unknown): Error {
  const isSystem = error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
  if (!(error instanceof VolumeError) && !isSystem) return error as Error;
  if (error instanceof UnprocessedVolume) return error.ofVolume(name);
  return new VolumeError(`MountVolume.SetUp failed for volume "${name}" : ${textOf(error)}`, { cause: error });
}

/** An error's words, without the code Node puts before them. */
function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^E[A-Z0-9]+: /, '');
}
