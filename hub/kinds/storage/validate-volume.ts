/** What is wrong with a PersistentVolume, and what may change in one. */
import { posix } from 'node:path';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../api/persistent-volume.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { immutable, named, oneOf, sameValue } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import { validateNodeSelector } from '../node-selector.ts';
import { validateAccessModes } from './access-modes.ts';
import { driverName } from './validate-csi.ts';
import { hostPathTypes, noDotDot } from './paths.ts';
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
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

const secretRefs = [
  'controllerPublishSecretRef',
  'nodePublishSecretRef',
  'nodeStageSecretRef',
  'controllerExpandSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi(csi: NonNullable<PersistentVolumeSpec['csi']>, errors: FieldError[]): void {
  driverName(csi.driver, 'spec.csi.driver', errors);
  if (!csi.volumeHandle) errors.push(required('spec.csi.volumeHandle'));
  for (const field of secretRefs) {
    const ref = csi[field];
    if (ref === undefined) continue;
    for (const part of ['name', 'namespace'] as const) {
      const path = `spec.csi.${field}.${part}`;
      const value = ref[part];
      if (!value) errors.push(required(path));
      else named(part === 'name' ? isDns1123Subdomain : isDns1123Label, value, path, errors);
    }
  }
}

/** A directory of a node. */
function validateDirectory(spec: PersistentVolumeSpec, source: 'hostPath' | 'local', errors: FieldError[]): void {
  const path = spec[source]?.path ?? '';
  if (path === '') {
    errors.push(required(`spec.${source}.path`));
    return;
  }
  noDotDot(path, `spec.${source}.path`, errors);
  const type = source === 'hostPath' ? spec.hostPath?.type : undefined;
  if (type) oneOf(type, hostPathTypes, 'spec.hostPath.type', errors);
}

function validateDriver(
  spec: PersistentVolumeSpec,
  source: keyof typeof volumeSources,
  name: string,
  errors: FieldError[],
): void {
  volumeSources[source](spec[source] as unknown as Record<string, unknown>, `spec.${source}`, errors);
  if (source === 'iscsi' && isTooLongFor(name, { ...spec.iscsi })) {
    errors.push(invalid('spec.iscsi.targetportal', spec.iscsi?.targetPortal, longDeviceText));
  }
}

function validateSource(spec: PersistentVolumeSpec, name: string, errors: FieldError[]): void {
  const given = sources.filter((source) => spec[source] !== undefined);
  const [first] = given;
  if (first === undefined) errors.push(required('spec', 'must specify a volume type'));
  else if (first === 'hostPath' || first === 'local') validateDirectory(spec, first, errors);
  else if (first !== 'csi') validateDriver(spec, first, name, errors);
  else if (spec.csi !== undefined) validateCsi(spec.csi, errors);
  for (const extra of given.slice(1)) {
    const field = extra === 'cephfs' ? 'cephFS' : extra;
    errors.push(forbiddenField(`spec.${field}`, 'may not specify more than 1 volume type'));
  }
  if (spec.local !== undefined && spec.nodeAffinity?.required === undefined) {
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
}

function validateCapacity(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (names.length !== 1 || capacity['storage'] === undefined) {
    errors.push(notSupported('spec.capacity', capacity, ['storage']));
  }
  for (const name of names) {
    const amount = capacity[name] ?? '0';
    if ((parseQuantity(amount) ?? 0) <= 0) {
      errors.push(invalid(`spec.capacity[${name}]`, amount, 'must be greater than zero'));
    }
  }
}

/** API: only volumes of CSI drivers have a class of attributes. */
function validateAttributesClass(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return;
  if (name === '') errors.push(required('spec.volumeAttributesClassName', 'an empty string is disallowed'));
  else named(isDns1123Subdomain, name, 'spec.volumeAttributesClassName', errors);
  if (spec.csi === undefined) {
    errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
  }
}

/** What is wrong with a new volume. */
export function validateVolume(volume: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  const spec = volume.spec ?? {};
  validateAccessModesOf(spec, errors);
  validateCapacity(spec, errors);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy) oneOf(policy, ['Delete', 'Recycle', 'Retain'], 'spec.persistentVolumeReclaimPolicy', errors);
  if (spec.nodeAffinity !== undefined) {
    if (spec.nodeAffinity.required === undefined) {
      errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
    } else validateNodeSelector(spec.nodeAffinity.required, 'spec.nodeAffinity.required', errors);
  }
  validateSource(spec, volume.metadata.name ?? '', errors);
  if (spec.hostPath !== undefined && posix.normalize(spec.hostPath.path) === '/' && policy === 'Recycle') {
    errors.push(
      forbiddenField('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
    );
  }
  if (spec.storageClassName) named(isDns1123Subdomain, spec.storageClassName, 'spec.storageClassName', errors);
  if (spec.volumeMode !== undefined) oneOf(spec.volumeMode, ['Block', 'Filesystem'], 'spec.volumeMode', errors);
  validateAttributesClass(spec, errors);
  return errors;
}

function validateAccessModesOf(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  if (!spec.accessModes?.length) errors.push(required('spec.accessModes'));
  else validateAccessModes(spec.accessModes, 'spec.accessModes', errors);
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
