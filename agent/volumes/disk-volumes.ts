/** Putting a Pod's volumes on disk: one directory a volume below the Pod's own. */
import { mkdir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod, Volume } from '../../hub/api/pod.ts';
import type { Images } from '../runtime/image.ts';
import { writeFiles } from './atomic-files.ts';
import { boundVolume, claimName } from './claim.ts';
import { configMapFiles } from './config-map.ts';
import { downwardFiles } from './downward-api.ts';
import { placeEmptyDir } from './empty-dir.ts';
import { placeHostPath } from './host-path.ts';
import { unmountWithin } from './mount.ts';
import { giveToGroup, groupOwner } from './ownership.ts';
import { type LocalVolumes, placePersistent } from './persistent.ts';
import { makePodDirectory, pathPart, type PodDirectory, podDirectory } from './pod-directory.ts';
import { projectedFiles } from './projected.ts';
import { removeTree } from './remove-tree.ts';
import { secretFiles } from './secret.ts';
import { pinSubPath, showAt } from './sub-path.ts';
import { unsupported } from './unsupported.ts';
import { UnprocessedVolume } from './unprocessed.ts';
import { emptyDirUsage } from './usage.ts';
import type { VolumeFile } from './volume-file.ts';
import { type PlacedVolume, VolumeError, type Volumes, type VolumeSources } from './volumes.ts';

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

/** One volume to put in place. */
interface Work {
  readonly volume: Volume;
  readonly pod: Pod;
  readonly place: PodDirectory;
  readonly sources: VolumeSources;
}

/** Makes volumes below `dir`. */
export function createVolumes(options: DiskVolumesOptions): Volumes {
  const { dir, mounts, images, local } = options;
  /** By Pod: what was put in place in this life of the agent. */
  const placed = new Map<string, Map<string, PlacedVolume>>();
  /** API ReadWriteOncePod: PersistentVolume name → uid of the Pod that has it. */
  const exclusive = new Map<string, string>();

  async function put(work: Work): Promise<PlacedVolume> {
    const { volume, pod, place, sources } = work;
    const path = join(place.volumes, pathPart(volume.name));
    if (volume.emptyDir !== undefined) {
      const { name, emptyDir: source } = volume;
      return { path: await placeEmptyDir({ name, source, pod, place, memory: sources.memory }), readOnly: false };
    }
    if (volume.hostPath !== undefined) {
      await placeHostPath(volume.hostPath);
      return { path: volume.hostPath.path, readOnly: false };
    }
    const claim = claimName(pod, volume);
    if (claim !== undefined) return putClaim(work, claim);
    if (volume.image !== undefined) {
      const directory = join(place.images, pathPart(volume.name));
      await mkdir(directory, { recursive: true, mode: 0o755 });
      await sources.image(volume.image, directory);
      return { path: directory, readOnly: true };
    }
    const files = await filesOf(volume, pod, sources);
    if (files === undefined) throw unsupported(volume);
    await mkdir(path, { recursive: true, mode: 0o755 });
    const owner = groupOwner(pod, true);
    if (await writeFiles(path, files, owner)) {
      if (owner !== undefined) await giveToGroup(path, { ...owner, onlyIfRootDiffers: true });
    }
    return { path, readOnly: true };
  }

  async function putClaim({ volume, pod, place, sources }: Work, claim: string): Promise<PlacedVolume> {
    const uid = pod.metadata.uid ?? '';
    const before = placed.get(uid)?.get(volume.name);
    // a claim that is being deleted, or a volume that changed, is no matter for who has it already
    if (before !== undefined) return before;
    const bound = boundVolume(pod, volume, claim, sources);
    const name = bound.metadata.name ?? '';
    if (bound.spec?.accessModes?.join() === 'ReadWriteOncePod') {
      if ((exclusive.get(name) ?? uid) !== uid)
        throw new VolumeError('volume uses the ReadWriteOncePod access mode and is already in use by another pod');
      exclusive.set(name, uid);
    }
    const readOnly = volume.persistentVolumeClaim?.readOnly === true;
    const work = { name: volume.name, volume: bound, pod, place, readOnly, own: local };
    return { path: await placePersistent(work), readOnly };
  }

  async function remove(uid: string): Promise<void> {
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
    placed.delete(uid);
    for (const [name, holder] of exclusive) if (holder === uid) exclusive.delete(name);
  }

  return {
    async prepare(pod, sources) {
      const uid = pod.metadata.uid ?? '';
      const wanted = pod.spec.volumes ?? [];
      const before = placed.get(uid) ?? new Map<string, PlacedVolume>();
      if (wanted.length === 0) return { volumes: before, stale: [] };
      const place = podDirectory(dir, uid);
      try {
        await mkdir(dir, { recursive: true, mode: 0o711 });
        await makePodDirectory(place, pod, mounts && !sources.hostProcesses);
      } catch (error) {
        throw new VolumeError(`error making pod data directories: ${textOf(error)}`, { cause: error });
      }
      const results = await Promise.allSettled(wanted.map((volume) => put({ volume, pod, place, sources })));
      const stale: string[] = [];
      const failures: unknown[] = [];
      const volumes = new Map(before);
      for (const [index, result] of results.entries()) {
        const name = wanted[index]?.name ?? '';
        if (result.status === 'fulfilled') volumes.set(name, result.value);
        else if (before.has(name)) stale.push(explain(name, result.reason).message);
        else failures.push(explain(name, result.reason));
      }
      placed.set(uid, volumes);
      if (failures.length > 0) throw failures[0];
      return { volumes, stale };
    },

    async subPath({ uid, container, index, volume, subPath }) {
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
    },

    remove,

    async sweep(known) {
      const found = await readdir(dir, { withFileTypes: true }).catch(() => []);
      const left = found.filter((entry) => entry.isDirectory() && !known(entry.name)).map((entry) => entry.name);
      const removed: string[] = [];
      for (const uid of left) {
        // a Pod may have come in the meantime
        if (known(uid)) continue;
        await remove(uid);
        removed.push(uid);
      }
      return removed;
    },

    usage: (pod) => emptyDirUsage(pod, podDirectory(dir, pod.metadata.uid ?? '')),
  };
}

async function filesOf(volume: Volume, pod: Pod, sources: VolumeSources): Promise<VolumeFile[] | undefined> {
  if (volume.configMap !== undefined) return configMapFiles(volume.configMap, sources);
  if (volume.secret !== undefined) return secretFiles(volume.secret, sources);
  if (volume.downwardAPI !== undefined) return downwardFiles(volume.downwardAPI, sources);
  if (volume.projected !== undefined) return projectedFiles(volume.projected, pod, sources);
  return undefined;
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
