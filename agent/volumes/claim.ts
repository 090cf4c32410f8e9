/** Volumes of claims, and generic ephemeral ones: which PersistentVolume is meant, and whether this Pod may have it. Pure. */
import type { PersistentVolumeClaim } from '../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { Pod, Volume } from '../../hub/api/pod.ts';
import { UnprocessedVolume } from './unprocessed.ts';
import type { VolumeSources } from './volumes.ts';

/** The claim a volume is of; undefined when it is of none. */
export function claimName(pod: Pod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`;
}

/** The volume bound to the claim `name`. Throws UnprocessedVolume with the reason when there is none this Pod may use. */
export function boundVolume(pod: Pod, volume: Volume, name: string, sources: VolumeSources): PersistentVolume {
  const { namespace = '' } = pod.metadata;
  const refuse = (why: string): UnprocessedVolume =>
    new UnprocessedVolume(`error processing PVC ${namespace}/${name}: ${why}`);
  const claim = sources.claim(name);
  if (claim === undefined) throw refuse(`persistentvolumeclaim "${name}" not found`);
  if (volume.ephemeral !== undefined && !isOwnedBy(claim, pod))
    throw new UnprocessedVolume(
      `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
    );
  if (claim.metadata.deletionTimestamp !== undefined) throw refuse('PVC is being deleted');
  const { volumeName = '', volumeMode = 'Filesystem' } = claim.spec ?? {};
  if (claim.status?.phase !== 'Bound' || volumeName === '') throw refuse('PVC is not bound');
  const bound = sources.persistentVolume(volumeName);
  if (bound === undefined) throw refuse(`persistentvolume "${volumeName}" not found`);
  const { claimRef } = bound.spec ?? {};
  if (claimRef === undefined) throw refuse(`found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef`);
  if (claimRef.uid !== claim.metadata.uid)
    throw refuse(
      `found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${claimRef.uid} does not point to claim.UID ${claim.metadata.uid}`,
    );
  if (volumeMode !== 'Filesystem') throw refuse(`volumes of mode ${volumeMode} are not provided by this node`);
  return bound;
}

function isOwnedBy(claim: PersistentVolumeClaim, pod: Pod): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    (owner) => owner.controller === true && owner.uid === pod.metadata.uid,
  );
}
