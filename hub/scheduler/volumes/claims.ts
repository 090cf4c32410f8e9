/** The claims of one Pod as the scheduler sees them: which are bound, which wait for a node, and why it is too early. Pure. */
import { controllerOf } from '../../api/object.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { Pod } from '../../api/pod.ts';
import type { StorageClass } from '../../api/storage.ts';
import { classOf, isBound, waitsForConsumer } from '../../api/volume-binding.ts';

/** What is read of the world. */
export interface VolumeReader {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): Iterable<PersistentVolume>;
  storageClass(name: string): StorageClass | undefined;
}

/** A claim whose volume is chosen, or made, for the node the Pod gets. */
export interface DelayedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
}

/** What the claims of a Pod say about its placing. */
export interface PodClaims {
  /** The volumes of bound claims; undefined: one that does not exist. */
  readonly bound: readonly (PersistentVolume | undefined)[];
  readonly delayed: readonly DelayedClaim[];
  /** Keys (`namespace/name`) of claims that one Pod alone may use. API: ReadWriteOncePod. */
  readonly exclusive: readonly string[];
}

/** A claim as a Pod names it. */
interface NamedClaim {
  readonly name: string;
  readonly isEphemeral: boolean;
}

const none: readonly NamedClaim[] = [];

/** The claims a Pod names. Most Pods have none: that is found out without making anything. */
export function claimNames(pod: Pod): readonly NamedClaim[] {
  const uses = pod.spec.volumes?.some((one) => one.persistentVolumeClaim !== undefined || one.ephemeral !== undefined);
  if (uses !== true) return none;
  const names: NamedClaim[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim !== undefined) {
      names.push({ name: volume.persistentVolumeClaim.claimName, isEphemeral: false });
    } else if (volume.ephemeral !== undefined) {
      names.push({ name: `${pod.metadata.name}-${volume.name}`, isEphemeral: true });
    }
  }
  return names;
}

/** Why a claim keeps its Pod from every node, in kube-scheduler's words. */
function obstacle(pod: Pod, claim: PersistentVolumeClaim, isEphemeral: boolean): string | undefined {
  const { namespace, name, deletionTimestamp } = claim.metadata;
  if (claim.status?.phase === 'Lost') {
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
  }
  if (deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
  if (isEphemeral && controllerOf(claim)?.uid !== pod.metadata.uid) {
    return `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
  }
  return undefined;
}

function missing(name: string, isEphemeral: boolean): string {
  if (!isEphemeral) return `persistentvolumeclaim "${name}" not found`;
  return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`;
}

/** The claims of `pod`; a text says why it is too early to place it anywhere. */
export function claimsOf(pod: Pod, reader: VolumeReader): PodClaims | string {
  const namespace = pod.metadata.namespace ?? '';
  const bound: (PersistentVolume | undefined)[] = [];
  const delayed: DelayedClaim[] = [];
  const exclusive: string[] = [];
  let isUnbound = false;
  for (const { name, isEphemeral } of claimNames(pod)) {
    const claim = reader.claim(namespace, name);
    if (claim === undefined) return missing(name, isEphemeral);
    const why = obstacle(pod, claim, isEphemeral);
    if (why !== undefined) return why;
    if (claim.spec?.accessModes?.includes('ReadWriteOncePod') === true) exclusive.push(`${namespace}/${name}`);
    const storageClass = reader.storageClass(classOf(claim));
    if (isBound(claim)) bound.push(reader.volume(claim.spec?.volumeName ?? ''));
    else if (storageClass !== undefined && waitsForConsumer(storageClass) && (claim.spec?.volumeName ?? '') === '') {
      delayed.push({ claim, storageClass });
    } else isUnbound = true;
  }
  return isUnbound ? 'pod has unbound immediate PersistentVolumeClaims' : { bound, delayed, exclusive };
}
