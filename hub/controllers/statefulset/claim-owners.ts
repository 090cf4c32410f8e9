/** Who owns a claim of a StatefulSet, so that the garbage collector deletes it when its retention policy says so. */
import type { OwnerReference } from '../../api/object.ts';

/** The Pod or the set of a claim, as a reference names it. */
export interface ClaimOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Empty for a Pod that is still to be made. */
  readonly uid: string;
}

/** What decides about one claim. */
export interface ClaimOwnersInput {
  readonly owners: readonly OwnerReference[];
  readonly set: ClaimOwner;
  readonly pod: ClaimOwner;
  /** False: the set has been scaled below this Pod. */
  readonly wanted: boolean;
  readonly policy: { readonly whenDeleted?: string; readonly whenScaled?: string } | undefined;
}

function names(reference: OwnerReference, { kind, name, apiVersion }: ClaimOwner): boolean {
  const group = (version: string): string => version.slice(0, version.indexOf('/') + 1);
  return reference.kind === kind && reference.name === name && group(reference.apiVersion) === group(apiVersion);
}

/** True when somebody else has the claim: another controller, or a set or Pod that had this name before. */
function isForeign({ owners, set, pod }: ClaimOwnersInput): boolean {
  return owners.some((owner) => {
    const ours = [set, pod].find((one) => names(owner, one));
    return ours === undefined ? owner.controller === true : owner.uid !== ours.uid;
  });
}

/**
 * The owners a claim should have. API: the set owns what goes with it, a Pod beyond the wanted number what goes with
 * the Pod; a claim somebody else has is left to them.
 */
export function claimOwners(input: ClaimOwnersInput): readonly OwnerReference[] {
  const { owners, set, pod, wanted, policy } = input;
  const withSet = policy?.whenDeleted === 'Delete';
  const withPod = policy?.whenScaled === 'Delete';
  const others = owners.filter((owner) => !names(owner, set) && !names(owner, pod));
  if ((withSet || withPod) && isForeign(input)) return others;
  const owner = withPod && !wanted ? pod : withSet ? set : undefined;
  if (owner === undefined) return others.length === owners.length ? owners : others;
  if (owners.length === others.length + 1 && owners.some((one) => one.uid === owner.uid && one.controller === true)) {
    return owners;
  }
  return [...others, { ...owner, controller: true, blockOwnerDeletion: true }];
}

/** True when the claim belongs to a Pod that is gone: it goes as well, and the next Pod of this name waits for that. */
export function isStale(owners: readonly OwnerReference[], pod: ClaimOwner): boolean {
  return owners.some((owner) => names(owner, pod) && owner.uid !== pod.uid);
}
