/** What becomes of claims and volumes: pure decisions over the state of both. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { StorageClass } from '../../api/storage.ts';
import {
  bindCompleted,
  boundByController,
  classOf,
  isReservedFor,
  mismatch,
  noProvisioner,
  provisionedBy,
  selectedNode,
  waitsForConsumer,
} from '../../api/volume-binding.ts';

/** What is told about an object. */
export interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** A claim, and all that its fate depends on. */
export interface ClaimSituation {
  readonly claim: PersistentVolumeClaim;
  /** The volume that spec.volumeName names. */
  readonly named: PersistentVolume | undefined;
  /** Looks for a volume; asked only when the claim names none. */
  readonly match: (onlyReserved: boolean) => PersistentVolume | undefined;
  /** The class it asks for, when there is such a class. */
  readonly storageClass: StorageClass | undefined;
  /** The class of claims that name none, when there is one. */
  readonly defaultClass: string | undefined;
}

/** What to do about a claim. `class`: it was made before there was a default class, and gets it now. */
export type ClaimStep =
  | { readonly do: 'bind'; readonly volume: string }
  | { readonly do: 'wait'; readonly tell?: Told }
  | { readonly do: 'provision'; readonly provisioner: string; readonly tell: Told }
  | { readonly do: 'lose'; readonly tell: Told }
  | { readonly do: 'class'; readonly name: string }
  | { readonly do: 'nothing' };

const nameOf = (volume: PersistentVolume): string => volume.metadata.name ?? '';
const normal = (reason: string, message: string): Told => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): Told => ({ type: 'Warning', reason, message });
const lose = (reason: string, message: string): ClaimStep => ({ do: 'lose', tell: warning(reason, message) });

/** The next step for a claim. */
export function claimStep(situation: ClaimSituation): ClaimStep {
  const { claim, named } = situation;
  if (claim.metadata.annotations?.[bindCompleted] !== undefined) return boundStep(claim, named);
  if (claim.metadata.deletionTimestamp !== undefined) return { do: 'nothing' };
  return (claim.spec?.volumeName ?? '') === '' ? searchStep(situation) : namedStep(claim, named);
}

function boundStep(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): ClaimStep {
  if ((claim.spec?.volumeName ?? '') === '') {
    return lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  }
  if (volume === undefined) {
    return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  }
  const owner = volume.spec?.claimRef;
  if (owner === undefined || owner.uid === claim.metadata.uid) return { do: 'bind', volume: nameOf(volume) };
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

function namedStep(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): ClaimStep {
  if (volume === undefined) return { do: 'wait' };
  const name = nameOf(volume);
  if (isReservedFor(volume, claim)) return { do: 'bind', volume: name };
  if (volume.spec?.claimRef !== undefined) {
    return { do: 'wait', tell: warning('FailedBinding', `volume "${name}" already bound to a different claim.`) };
  }
  const why = mismatch(volume, claim);
  if (why === undefined) return { do: 'bind', volume: name };
  return { do: 'wait', tell: warning('VolumeMismatch', `Cannot bind to requested volume "${name}": ${why}`) };
}

function searchStep({ claim, match, storageClass, defaultClass }: ClaimSituation): ClaimStep {
  const delayed = waitsForConsumer(storageClass);
  const found = match(delayed);
  if (found !== undefined) return { do: 'bind', volume: nameOf(found) };
  if (delayed && claim.metadata.annotations?.[selectedNode] === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return { do: 'wait', tell: normal('WaitForFirstConsumer', message) };
  }
  const wanted = classOf(claim);
  if (wanted === '' && claim.spec?.storageClassName === undefined && defaultClass !== undefined) {
    return { do: 'class', name: defaultClass };
  }
  if (wanted === '') {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { do: 'wait', tell: normal('FailedBinding', message) };
  }
  if (storageClass === undefined) {
    return { do: 'wait', tell: warning('ProvisioningFailed', `storageclass.storage.k8s.io "${wanted}" not found`) };
  }
  const { provisioner } = storageClass;
  if (provisioner === noProvisioner) {
    return { do: 'wait', tell: warning('ProvisioningFailed', `no volume plugin matched name: ${noProvisioner}`) };
  }
  return { do: 'provision', provisioner, tell: normal('ExternalProvisioning', provisioning(provisioner)) };
}

function provisioning(provisioner: string): string {
  return (
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system ` +
    'administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.'
  );
}

/** What to do about a volume. `look`: its claim has the next word. */
export type VolumeStep =
  | { readonly do: 'phase'; readonly phase: 'Available' | 'Bound' | 'Released' }
  | { readonly do: 'fail'; readonly tell: Told }
  | { readonly do: 'unbind'; readonly forget: boolean }
  | { readonly do: 'look' };

/** The next step for a volume; `claim` is the one its claimRef names, of whatever uid. */
export function volumeStep(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumeStep {
  const owner = volume.spec?.claimRef;
  if (owner === undefined || (owner.uid ?? '') === '') return { do: 'phase', phase: 'Available' };
  if (claim === undefined || claim.metadata.uid !== owner.uid) return releaseStep(volume);
  const named = claim.spec?.volumeName ?? '';
  if (named === volume.metadata.name) return { do: 'phase', phase: 'Bound' };
  if (named === '') return { do: 'look' };
  const { annotations } = volume.metadata;
  const wasMade = annotations?.[provisionedBy] !== undefined;
  if (wasMade && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') return releaseStep(volume);
  return { do: 'unbind', forget: annotations?.[boundByController] !== undefined };
}

/** API: what was made for a claim is deleted by who made it; nobody else here can delete or recycle. */
function releaseStep(volume: PersistentVolume): VolumeStep {
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  const isMade = volume.metadata.annotations?.[provisionedBy] !== undefined;
  if (policy === 'Retain' || isMade || volume.metadata.deletionTimestamp !== undefined) {
    return { do: 'phase', phase: 'Released' };
  }
  if (policy === 'Recycle') {
    return { do: 'fail', tell: warning('VolumeFailedRecycle', 'No recycler plugin found for the volume!') };
  }
  const message = `error getting deleter volume plugin for volume "${nameOf(volume)}": no deletable volume plugin matched`;
  return { do: 'fail', tell: warning('VolumeFailedDelete', message) };
}
