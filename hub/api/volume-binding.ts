/** Which volume a claim may have: the rules that the volume controller and the scheduler share. */
import { compareQuantities } from './exact-quantity.ts';
import { matchesNodeSelector } from './node-affinity.ts';
import type { PersistentVolumeClaim } from './persistent-volume-claim.ts';
import type { PersistentVolume } from './persistent-volume.ts';
import { type LabelMatcher, labelSelectorMatcher } from './selector.ts';
import type { StorageClass } from './storage.ts';

/** API: on a claim, the binding was completed once; what happens to the volume afterwards loses the claim. */
export const bindCompleted = 'pv.kubernetes.io/bind-completed';

/** API: on a claim or a volume, the controller chose the other one, not a user. */
export const boundByController = 'pv.kubernetes.io/bound-by-controller';

/** API: on a volume, who made it, and who is therefore to delete it. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by';

/** API: on a claim, who is to make a volume for it; the first is the one to read, the second is its old name. */
export const storageProvisioners = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
] as const;

/** API: on a claim, the node the scheduler chose for the Pod that uses it first. */
export const selectedNode = 'volume.kubernetes.io/selected-node';

/** API: the finalizer of every PersistentVolume, until it is deleted and not bound. */
export const volumeProtection = 'kubernetes.io/pv-protection';

/** API: the finalizer of every PersistentVolumeClaim, until it is deleted and no Pod uses it. */
export const claimProtection = 'kubernetes.io/pvc-protection';

/** API: the provisioner of classes whose volumes are all made by hand. */
export const noProvisioner = 'kubernetes.io/no-provisioner';

const oldClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The class a claim asks for, or a volume is of; empty when none. */
export function classOf(object: PersistentVolumeClaim | PersistentVolume): string {
  return object.metadata.annotations?.[oldClassAnnotation] ?? object.spec?.storageClassName ?? '';
}

/** True when the claim has its volume for good. */
export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return (spec?.volumeName ?? '') !== '' && metadata.annotations?.[bindCompleted] !== undefined;
}

/** True when the volume is bound to the claim, or was made for it by name. */
export function isReservedFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = volume.spec?.claimRef;
  if (ref === undefined || ref.name !== metadata.name || (ref.namespace ?? '') !== (metadata.namespace ?? ''))
    return false;
  return (ref.uid ?? '') === '' || ref.uid === metadata.uid;
}

/** Makes the volume the claim's, in place. Throws an Error when it has become somebody else's. */
export function reserveFor(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = claim.metadata;
  const isReserved = isReservedFor(volume, claim);
  const owner = volume.spec?.claimRef;
  if (owner !== undefined && !isReserved) throw new Error(`volume "${volume.metadata.name}" is another claim's`);
  if (owner?.uid === uid) return;
  volume.spec = {
    ...volume.spec,
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
  };
  if (!isReserved) volume.metadata.annotations = { ...volume.metadata.annotations, [boundByController]: 'yes' };
}

/** True when the claim's volume is chosen together with the node of the first Pod that uses it. */
export function waitsForConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** True when `volume` can be reached from the node. */
export function reachableFrom(
  volume: PersistentVolume,
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return required === undefined || matchesNodeSelector(required, node.name, node.labels);
}

const sizeOf = (volume: PersistentVolume): string => volume.spec?.capacity?.['storage'] ?? '0';
/** How much a claim asks for, as a quantity. */
export const requestOf = (claim: PersistentVolumeClaim): string => claim.spec?.resources?.requests?.['storage'] ?? '0';
const modeOf = (object: PersistentVolumeClaim | PersistentVolume): string => object.spec?.volumeMode ?? 'Filesystem';

function offersModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = volume.spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

/** Why a claim cannot have the volume it names, in kube-controller-manager's words; undefined when it can. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(sizeOf(volume), requestOf(claim)) < 0) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  return offersModes(volume, claim) ? undefined : 'incompatible accessMode';
}

/** Where to look. */
export interface MatchOptions {
  /** Only volumes that can be reached from it; undefined: any. */
  readonly node?: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  /** Only a volume that is reserved for the claim: the others are the scheduler's to choose. */
  readonly onlyReserved?: boolean;
  /** Names of volumes that are somebody else's already. */
  readonly taken?: ReadonlySet<string>;
}

/** True when nobody has `volume` and `claim` could. */
function isFreeFor(volume: PersistentVolume, claim: PersistentVolumeClaim, labels: LabelMatcher | undefined): boolean {
  const { metadata, spec, status } = volume;
  if (spec?.claimRef !== undefined || status?.phase !== 'Available' || mismatch(volume, claim) !== undefined)
    return false;
  if ((spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? '')) return false;
  return labels === undefined || labels.matches(metadata.labels ?? {});
}

/** The volume a claim should have: the one reserved for it, else the smallest free one with the fewest access modes that fits. */
export function matchVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  { node, onlyReserved = false, taken }: MatchOptions = {},
): PersistentVolume | undefined {
  const labels = claim.spec?.selector === undefined ? undefined : labelSelectorMatcher(claim.spec.selector);
  const isReachable = (volume: PersistentVolume): boolean => node === undefined || reachableFrom(volume, node);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { name = '', deletionTimestamp } = volume.metadata;
    if (deletionTimestamp !== undefined || taken?.has(name) === true) continue;
    if (isReservedFor(volume, claim)) {
      if (mismatch(volume, claim) !== undefined) continue;
      return isReachable(volume) ? volume : undefined;
    }
    if (onlyReserved || !isFreeFor(volume, claim, labels) || !isReachable(volume)) continue;
    if (best === undefined || isCloser(volume, best)) best = volume;
  }
  return best;
}

function isCloser(one: PersistentVolume, other: PersistentVolume): boolean {
  const modes = (one.spec?.accessModes?.length ?? 0) - (other.spec?.accessModes?.length ?? 0);
  if (modes !== 0) return modes < 0;
  const size = compareQuantities(sizeOf(one), sizeOf(other));
  return size === 0 ? (one.metadata.name ?? '') < (other.metadata.name ?? '') : size < 0;
}
