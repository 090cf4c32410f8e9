/** What is wrong with a PersistentVolume, and what may change in one. */
import { posix } from 'node:path';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { HostPathVolumeSource } from '../../api/pod.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../api/persistent-volume.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { immutable, named, oneOf, sameValue, validateBasicAmount } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import { validateNodeSelector } from '../node-selector.ts';
import { validateAccessModes } from './access-modes.ts';
import { hostPathTypes, noDotDot } from './paths.ts';
import { driverName } from './validate-csi.ts';
import { isTooLongFor, longDeviceText, volumeSources } from './validate-source.ts';

const sources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

/** API: a secret to prepare a node with is not looked at. */
const secretRefs = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** Where the spec is: in a volume, or inline in an attachment, where only some of it may be said. */
interface SpecPlace {
  readonly name: string;
  readonly inline: boolean;
}

function validateCsi(csi: NonNullable<PersistentVolumeSpec['csi']>, path: string, errors: FieldError[]): void {
  driverName(csi.driver, `${path}.driver`, errors);
  if (!csi.volumeHandle) errors.push(required(`${path}.volumeHandle`));
  for (const field of secretRefs) {
    const ref = csi[field];
    if (ref === undefined) continue;
    for (const part of ['name', 'namespace'] as const) {
      const value = ref[part];
      if (!value) errors.push(required(`${path}.${field}.${part}`));
      else named(part === 'name' ? isDns1123Subdomain : isDns1123Label, value, `${path}.${field}.${part}`, errors);
    }
  }
}

/** A folder of a node; one of the kind `local` has no type. */
function validateDirectory({ path, type }: HostPathVolumeSource, at: string, errors: FieldError[]): void {
  if (!path) {
    errors.push(required(`${at}.path`));
    return;
  }
  noDotDot(path, `${at}.path`, errors);
  if (type !== undefined) oneOf(type, hostPathTypes, `${at}.type`, errors);
}

function validateSource(spec: PersistentVolumeSpec, path: string, name: string, errors: FieldError[]): void {
  let count = 0;
  for (const source of sources) {
    const value = spec[source];
    if (value === undefined) continue;
    // API: a flexVolume beside another source is not complained about
    if (count++ > 0 && source !== 'flexVolume') {
      const field = source === 'cephfs' ? 'cephFS' : source;
      errors.push(forbiddenField(`${path}.${field}`, 'may not specify more than 1 volume type'));
      continue;
    }
    const at = `${path}.${source}`;
    if (source === 'csi') validateCsi(value as NonNullable<PersistentVolumeSpec['csi']>, at, errors);
    else if (source === 'hostPath' || source === 'local') validateDirectory(value as HostPathVolumeSource, at, errors);
    else volumeSources[source](value as unknown as Record<string, unknown>, at, errors);
    if (source === 'iscsi' && isTooLongFor(name, { ...spec.iscsi })) {
      errors.push(invalid(`${at}.targetportal`, spec.iscsi?.targetPortal, longDeviceText));
    }
    if (source === 'local' && spec.nodeAffinity === undefined) {
      errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'));
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

function validateCapacity(spec: PersistentVolumeSpec, path: string, errors: FieldError[]): void {
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required(path));
  if (names.length > 1 || capacity['storage'] === undefined) {
    errors.push(notSupported(path, capacity, ['storage']));
  }
  for (const name of names) {
    const amount = capacity[name] ?? '0';
    validateBasicAmount(amount, `${path}[${name}]`, errors);
    if ((parseQuantity(amount) ?? 0) <= 0)
      errors.push(invalid(`${path}[${name}]`, amount, 'must be greater than zero'));
  }
}

/** API: only volumes of CSI drivers have a class of attributes. */
function validateAttributesClass(spec: PersistentVolumeSpec, path: string, errors: FieldError[]): void {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return;
  if (name === '') errors.push(required(`${path}.volumeAttributesClassName`, 'an empty string is disallowed'));
  else named(isDns1123Subdomain, name, `${path}.volumeAttributesClassName`, errors);
  if (spec.csi === undefined) {
    errors.push(required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'));
  }
}

const inlineText = 'in the context of inline volumes';

/** API: what may not be said of a volume that is only there while it is attached. */
function validateInline(spec: PersistentVolumeSpec, path: string, errors: FieldError[]): void {
  const why = `may not be specified ${inlineText}`;
  if (spec.claimRef !== undefined) errors.push(forbiddenField(`${path}.claimRef`, why));
  if (Object.keys(spec.capacity ?? {}).length > 0) errors.push(forbiddenField(`${path}.capacity`, why));
  if (spec.csi === undefined) errors.push(required(`${path}.csi`, `has to be specified ${inlineText}`));
}

function validateReclaim(spec: PersistentVolumeSpec, path: string, inline: boolean, errors: FieldError[]): void {
  const policy = spec.persistentVolumeReclaimPolicy;
  const field = `${path}.persistentVolumeReclaimPolicy`;
  if (!policy) return;
  if (!inline) oneOf(policy, ['Delete', 'Recycle', 'Retain'], field, errors);
  else if (policy !== 'Retain') errors.push(forbiddenField(field, `may only be Retain ${inlineText}`));
}

function validateNodeAffinity(spec: PersistentVolumeSpec, path: string, inline: boolean, errors: FieldError[]): void {
  if (spec.nodeAffinity === undefined) return;
  const field = `${path}.nodeAffinity`;
  if (inline) errors.push(forbiddenField(field, `may not be specified ${inlineText}`));
  else if (spec.nodeAffinity.required === undefined) {
    errors.push(required(`${field}.required`, 'must specify required node constraints'));
  } else validateNodeSelector(spec.nodeAffinity.required, `${field}.required`, errors);
}

function validateModes(spec: PersistentVolumeSpec, path: string, inline: boolean, errors: FieldError[]): void {
  const { storageClassName, volumeMode } = spec;
  const classPath = `${path}.storageClassName`;
  if (storageClassName && inline) errors.push(forbiddenField(classPath, `may not be specified ${inlineText}`));
  else if (storageClassName) named(isDns1123Subdomain, storageClassName, classPath, errors);
  if (volumeMode === undefined) return;
  if (!inline) oneOf(volumeMode, ['Block', 'Filesystem'], `${path}.volumeMode`, errors);
  else if (volumeMode !== 'Filesystem') {
    const why = `may not specify volumeMode other than Filesystem ${inlineText}`;
    errors.push(forbiddenField(`${path}.volumeMode`, why));
  }
}

/** The spec of a volume at `path`. */
export function validateVolumeSpec(
  spec: PersistentVolumeSpec,
  path: string,
  { name, inline }: SpecPlace,
  errors: FieldError[],
): void {
  if (inline) validateInline(spec, path, errors);
  if (!spec.accessModes?.length) errors.push(required(`${path}.accessModes`));
  else validateAccessModes(spec.accessModes, `${path}.accessModes`, errors);
  if (!inline) validateCapacity(spec, `${path}.capacity`, errors);
  validateReclaim(spec, path, inline, errors);
  validateNodeAffinity(spec, path, inline, errors);
  validateSource(spec, path, name, errors);
  const isRoot = spec.hostPath !== undefined && posix.normalize(spec.hostPath.path) === '/';
  if (isRoot && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, why));
  }
  validateModes(spec, path, inline, errors);
  validateAttributesClass(spec, path, errors);
}

/** What is wrong with a new volume. */
export function validateVolume(volume: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  validateVolumeSpec(volume.spec ?? {}, 'spec', { name: volume.metadata.name ?? '', inline: false }, errors);
  return errors;
}

/** Where the data of a volume lies. */
function sourceOf({ spec = {} }: PersistentVolume): Pick<PersistentVolumeSpec, (typeof sources)[number]> {
  return Object.fromEntries(
    sources.filter((source) => spec[source] !== undefined).map((source) => [source, spec[source]]),
  );
}

/** What is wrong with a changed volume. API: where its data lies, and how, stays. */
export function validateVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validateVolume(volume);
  const before = sourceOf(old);
  const after = sourceOf(volume);
  // API: a secret to grow the volume with may be named later
  if (before.csi !== undefined && before.csi.controllerExpandSecretRef === undefined && after.csi !== undefined) {
    const { controllerExpandSecretRef: _later, ...csi } = after.csi;
    after.csi = csi;
  }
  if (!sameValue(after, before)) {
    const diff = goDiff('core.PersistentVolumeSource', before, after);
    const why = `spec.persistentvolumesource is immutable after creation\n${diff}`;
    errors.push(forbiddenField('spec.persistentvolumesource', why));
  }
  immutable(volume.spec?.volumeMode, old.spec?.volumeMode, 'volumeMode', errors);
  if (old.spec?.nodeAffinity !== undefined) {
    immutable(volume.spec?.nodeAffinity, old.spec.nodeAffinity, 'nodeAffinity', errors);
  }
  if (old.spec?.volumeAttributesClassName !== undefined && volume.spec?.volumeAttributesClassName === undefined) {
    errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}
