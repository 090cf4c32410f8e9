/** Protection: a volume that is bound and a claim that a Pod uses stay, deleted or not, until they are free. */
import { isNotFound } from '../../api/errors.ts';
import { controllerOf, type ObjectMeta, removeFinalizer } from '../../api/object.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { Pod } from '../../api/pod.ts';
import { persistentVolumeClaims, persistentVolumes, pods, type ResourceRef } from '../../api/resource.ts';
import { claimProtection, volumeProtection } from '../../api/volume-binding.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { type ClaimUsers, claimsNamedBy } from './claim-users.ts';

/** What to do about the finalizer of an object. */
export type Guarding = 'guard' | 'let go' | 'leave';

/** API: what lives is guarded, what is deleted is let go once it is free. */
export function guarding(metadata: ObjectMeta, finalizer: string, isFree: () => boolean): Guarding {
  const isGuarded = metadata.finalizers?.includes(finalizer) === true;
  if (metadata.deletionTimestamp === undefined) return isGuarded ? 'leave' : 'guard';
  return isGuarded && isFree() ? 'let go' : 'leave';
}

/**
 * True when the Pod keeps the claim. API: any Pod that has a node and names it, whatever its phase; one that got the claim
 * for an ephemeral volume only until its node is done with it.
 */
export function keeps(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if ((pod.spec.nodeName ?? '') === '') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const isShutDown = deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
  const { name } = claim.metadata;
  return (pod.spec.volumes ?? []).some((volume) => {
    if (volume.persistentVolumeClaim?.claimName === name) return true;
    if (volume.ephemeral === undefined || `${pod.metadata.name}-${volume.name}` !== name) return false;
    return !isShutDown && controllerOf(claim)?.uid === pod.metadata.uid;
  });
}

interface Guard {
  readonly context: ControllerContext;
  readonly ref: ResourceRef;
  readonly account: string;
  readonly finalizer: string;
}

async function carryOut({ context, ref, account, finalizer }: Guard, key: string, what: Guarding): Promise<void> {
  const { namespace, name } = splitKey(key);
  if (what === 'leave') return;
  const change = ({ metadata }: { metadata: ObjectMeta }): void => {
    if (what === 'let go') removeFinalizer(metadata, finalizer);
    else if (metadata.deletionTimestamp === undefined)
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  };
  try {
    await context.registry.modify(ref, namespace, name, change, writerOf(account));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Guards volumes that are bound. */
export function createVolumeProtection(context: ControllerContext): Part {
  const guard = { context, ref: persistentVolumes, account: 'pv-protection-controller', finalizer: volumeProtection };
  const reconcile = async (key: string): Promise<Again> => {
    const volume = context.registry.get(persistentVolumes, '', splitKey(key).name)?.object<PersistentVolume>();
    if (volume === undefined) return undefined;
    const isFree = (): boolean => volume.status?.phase !== 'Bound';
    await carryOut(guard, key, guarding(volume.metadata, volumeProtection, isFree));
    return undefined;
  };
  return createController({
    name: 'pv-protection',
    context,
    interests: [own(persistentVolumes)],
    initial: () => allKeys(context, persistentVolumes),
    reconcile,
  });
}

/** Guards claims that Pods use. */
export function createClaimProtection(context: ControllerContext, users: ClaimUsers): Part {
  const ref = persistentVolumeClaims;
  const guard = { context, ref, account: 'pvc-protection-controller', finalizer: claimProtection };
  const reconcile = async (key: string): Promise<Again> => {
    const { namespace, name } = splitKey(key);
    const claim = context.registry.get(ref, namespace, name)?.object<PersistentVolumeClaim>();
    if (claim === undefined) return undefined;
    const isFree = (): boolean => ![...users.of(key)].some((entry) => keeps(entry.object<Pod>(), claim));
    await carryOut(guard, key, guarding(claim.metadata, claimProtection, isFree));
    return undefined;
  };
  return createController({
    name: 'pvc-protection',
    context,
    interests: [own(ref), { ref: pods, keys: ({ type, entry }) => (type === 'ADDED' ? [] : claimsNamedBy(entry)) }],
    initial: () => allKeys(context, ref),
    reconcile,
  });
}
