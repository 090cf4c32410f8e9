/** PersistentVolumes that are directories of this node: of kind hostPath, local, and the built-in provisioner's. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { localPathNodeAnnotation } from '../../hub/api/local-path.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { placeHostPath } from './host-path.ts';
import { giveToGroup, groupOwner } from './ownership.ts';
import { giveOnce, type PodDirectory } from './pod-directory.ts';
import { VolumeError } from './volumes.ts';

/** Where the built-in provisioner's directories of this node are. */
export interface LocalVolumes {
  readonly node: string;
  /** One directory a volume directly below it. */
  readonly dir: string;
}

/** The directory of a volume the built-in provisioner made for this node; undefined for every other volume. */
export function provisionedPath({ metadata, spec }: PersistentVolume, { node, dir }: LocalVolumes): string | undefined {
  if (metadata.annotations?.[localPathNodeAnnotation] !== node) return undefined;
  const path = spec?.local?.path ?? spec?.hostPath?.path;
  if (path === undefined || path.endsWith('/') || resolve(path) !== path) return undefined;
  // the provisioner calls a directory as its volume: one volume never names the directory of another
  return dirname(path) === resolve(dir) && basename(path) === metadata.name ? path : undefined;
}

/** One to put in place. */
export interface PersistentWork {
  /** The Pod's name for it. */
  readonly name: string;
  readonly volume: PersistentVolume;
  readonly pod: Pod;
  readonly place: PodDirectory;
  readonly readOnly: boolean;
  readonly own: LocalVolumes | undefined;
}

/** Puts it in place and answers where it lies. Idempotent. Rejects with VolumeError. */
export async function placePersistent({ name, volume, pod, place, readOnly, own }: PersistentWork): Promise<string> {
  const { spec = {}, metadata } = volume;
  const provisioned = own && provisionedPath(volume, own);
  if (provisioned !== undefined) await makeProvisioned(provisioned);
  if (spec.local !== undefined) {
    const { path } = spec.local;
    if ((await stat(path).catch(() => undefined)) === undefined) throw new VolumeError(`path "${path}" does not exist`);
    const owner = groupOwner(pod, readOnly);
    if (owner !== undefined && !readOnly) await giveOnce(place, name, () => giveToGroup(path, owner));
    return path;
  }
  if (spec.hostPath !== undefined) {
    await placeHostPath(spec.hostPath);
    return spec.hostPath.path;
  }
  const notSources = ['capacity', 'claimRef', 'nodeAffinity'];
  const kind = Object.entries(spec).find(
    ([key, value]) => typeof value === 'object' && !Array.isArray(value) && !notSources.includes(key),
  )?.[0];
  throw new VolumeError(`PersistentVolume ${metadata.name} of kind ${kind ?? 'unknown'} is not provided by this node`);
}

/** API: the first Pod to use it may run as anybody. */
async function makeProvisioned(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o711 });
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await chmod(path, 0o777);
}
