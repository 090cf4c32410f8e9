/** Volumes of the built-in provisioner: directories of nodes, and what hub and agent say to each other about them. */
import type { PersistentVolume } from './persistent-volume.ts';
import { volumeProtection } from './volume-binding.ts';

/** The provisioner's name in StorageClasses. */
export const localPathProvisioner = 'coracle.io/local-path';

/** Annotation of a Node, set by its agent: the absolute directory in which it keeps volumes. One directory a volume. */
export const localPathDirAnnotation = 'coracle.io/local-path-dir';

/** Annotation of a PersistentVolume: the name of the node its directory is on. */
export const localPathNodeAnnotation = 'coracle.io/local-path-node';

/** Finalizer of a PersistentVolume whose directory may still be on its node. */
export const localPathFinalizer = 'coracle.io/local-path';

/** The node whose agent has to remove the directory of `volume` now: it is deleted, nobody is bound to it, and it is not to be retained. */
export function releasingNode({ metadata, spec }: PersistentVolume): string | undefined {
  const { deletionTimestamp, finalizers = [], annotations } = metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(localPathFinalizer)) return undefined;
  if (finalizers.includes(volumeProtection) || spec?.persistentVolumeReclaimPolicy !== 'Delete') return undefined;
  return annotations?.[localPathNodeAnnotation];
}
