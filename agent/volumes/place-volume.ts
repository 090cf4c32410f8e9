/** Puts one volume in place, by its source, and holds who has a volume for itself alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod, Volume } from '../../hub/api/pod.ts';
import { writeFiles } from './atomic-files.ts';
import { boundVolume, claimName } from './claim.ts';
import { configMapFiles } from './config-map.ts';
import { downwardFiles } from './downward-api.ts';
import { placeEmptyDir } from './empty-dir.ts';
import { placeHostPath } from './host-path.ts';
import { giveToGroup, groupOwner } from './ownership.ts';
import { type LocalVolumes, placePersistent } from './persistent.ts';
import { pathPart, type PodDirectory } from './pod-directory.ts';
import { projectedFiles } from './projected.ts';
import { secretFiles } from './secret.ts';
import { unsupported } from './unsupported.ts';
import type { VolumeFile } from './volume-file.ts';
import { type PlacedVolume, VolumeError, type VolumeSources } from './volumes.ts';

/** One volume to put in place; `before` is where it was put before. */
export interface PlacingWork {
  readonly volume: Volume;
  readonly pod: Pod;
  readonly place: PodDirectory;
  readonly sources: VolumeSources;
  readonly before: PlacedVolume | undefined;
}

/** Puts volumes in place. */
export class VolumePlacer {
  readonly #local: LocalVolumes | undefined;
  /** API ReadWriteOncePod: PersistentVolume name → uid of the Pod that has it. */
  readonly #exclusive = new Map<string, string>();

  /** `local`: where the built-in provisioner keeps volumes. */
  constructor(local: LocalVolumes | undefined) {
    this.#local = local;
  }

  /** Idempotent. Rejects with VolumeError, or what the runtime says of an image. */
  async put(work: PlacingWork): Promise<PlacedVolume> {
    const { volume, pod, place, sources } = work;
    if (volume.emptyDir !== undefined) {
      const { name, emptyDir: source } = volume;
      return { path: await placeEmptyDir({ name, source, pod, place, memory: sources.memory }), readOnly: false };
    }
    if (volume.hostPath !== undefined) {
      await placeHostPath(volume.hostPath);
      return { path: volume.hostPath.path, readOnly: false };
    }
    const claim = claimName(pod, volume);
    if (claim !== undefined) return this.#putClaim(work, claim);
    if (volume.image !== undefined) {
      const directory = join(place.images, pathPart(volume.name));
      await mkdir(directory, { recursive: true, mode: 0o755 });
      await sources.image(volume.image, directory);
      return { path: directory, readOnly: true };
    }
    return putFiles(work);
  }

  /** The Pod has its volumes no more. */
  release(uid: string): void {
    for (const [name, holder] of this.#exclusive) if (holder === uid) this.#exclusive.delete(name);
  }

  async #putClaim({ volume, pod, place, sources, before }: PlacingWork, claim: string): Promise<PlacedVolume> {
    // a claim that is being deleted, or a volume that changed, is no matter for who has it already
    if (before !== undefined) return before;
    const uid = pod.metadata.uid ?? '';
    const bound = boundVolume(pod, volume, claim, sources);
    const name = bound.metadata.name ?? '';
    if (bound.spec?.accessModes?.join() === 'ReadWriteOncePod') {
      if ((this.#exclusive.get(name) ?? uid) !== uid)
        throw new VolumeError('volume uses the ReadWriteOncePod access mode and is already in use by another pod');
      this.#exclusive.set(name, uid);
    }
    const readOnly = volume.persistentVolumeClaim?.readOnly === true;
    const work = { name: volume.name, volume: bound, pod, place, readOnly, own: this.#local };
    return { path: await placePersistent(work), readOnly };
  }
}

/** A volume whose files come from objects. */
async function putFiles({ volume, pod, place, sources }: PlacingWork): Promise<PlacedVolume> {
  const files = await filesOf(volume, pod, sources);
  if (files === undefined) throw unsupported(volume);
  const path = join(place.volumes, pathPart(volume.name));
  await mkdir(path, { recursive: true, mode: 0o755 });
  const owner = groupOwner(pod, true);
  if (await writeFiles(path, files, owner)) {
    if (owner !== undefined) await giveToGroup(path, { ...owner, onlyIfRootDiffers: true });
  }
  return { path, readOnly: true };
}

async function filesOf(volume: Volume, pod: Pod, sources: VolumeSources): Promise<VolumeFile[] | undefined> {
  if (volume.configMap !== undefined) return configMapFiles(volume.configMap, sources);
  if (volume.secret !== undefined) return secretFiles(volume.secret, sources);
  if (volume.downwardAPI !== undefined) return downwardFiles(volume.downwardAPI, sources);
  if (volume.projected !== undefined) return projectedFiles(volume.projected, pod, sources);
  return undefined;
}
