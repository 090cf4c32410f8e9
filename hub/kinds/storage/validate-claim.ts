/** What is wrong with a PersistentVolumeClaim, and what may change in one. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../api/persistent-volume-claim.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { immutableText, named, oneOf, sameValue, validateBasicAmount } from '../field-checks.ts';
import { goDiff } from '../go-diff.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { validateAccessModes } from './access-modes.ts';

type Source = { kind?: string; name?: string; apiGroup?: string | null; namespace?: string };

function validateSource(source: Source | undefined, path: string, errors: FieldError[]): void {
  if (source === undefined) return;
  if (!source.name) errors.push(required(`${path}.name`));
  if (!source.kind) errors.push(required(`${path}.kind`));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(path, source.kind ?? '', why));
  }
  if (source.apiGroup) named(isDns1123Subdomain, source.apiGroup, `${path}.apiGroup`, errors);
}

/** The spec of a claim at `path`, in a claim or in a template of one. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, errors: FieldError[]): void {
  if (!spec.accessModes?.length) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  validateLabelSelector(spec.selector, `${path}.selector`, errors);
  validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`, errors);
  const size = spec.resources?.requests?.['storage'];
  if (size === undefined) errors.push(required(`${path}.resources[storage]`));
  else if ((parseQuantity(size) ?? 0) <= 0) {
    errors.push(invalid(`${path}.resources[storage]`, size, 'must be greater than zero'));
  }
  if (spec.storageClassName) named(isDns1123Subdomain, spec.storageClassName, `${path}.storageClassName`, errors);
  if (spec.volumeMode !== undefined) oneOf(spec.volumeMode, ['Block', 'Filesystem'], `${path}.volumeMode`, errors);
  validateSource(spec.dataSource as Source | undefined, `${path}.dataSource`, errors);
  validateSource(spec.dataSourceRef as Source | undefined, `${path}.dataSourceRef`, errors);
  const { namespace } = (spec.dataSourceRef ?? {}) as Source;
  if (namespace) named(isDns1123Label, namespace, `${path}.dataSourceRef.namespace`, errors);
  // API: the value of these two is a path, which prints as nothing
  if (namespace && spec.dataSource) {
    errors.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  } else if (spec.dataSource && spec.dataSourceRef && !sameValue(spec.dataSource, spec.dataSourceRef)) {
    errors.push(invalid(path, {}, 'must match dataSourceRef'));
  }
  if (spec.volumeAttributesClassName) {
    named(isDns1123Subdomain, spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors);
  }
}

/** What is wrong with a new claim. */
export function validateClaim(claim: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  validateClaimSpec(claim.spec ?? {}, 'spec', errors);
  return errors;
}

function storage(claim: PersistentVolumeClaim): number {
  return parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0') ?? 0;
}

const oldClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** API: a claim that named no class may be given one; one that named it in the old way, that one. */
function gotClass(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const given = claim.spec?.storageClassName;
  if (given === undefined || old.spec?.storageClassName !== undefined) return false;
  const before = old.metadata.annotations?.[oldClassAnnotation];
  return before === undefined || before === given;
}

/** API: how the old claim would have to be for this change to be none that is refused. */
function tolerated(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const { spec = {} } = claim;
  const before: PersistentVolumeClaimSpec = { ...old.spec };
  if (!before.volumeName && spec.volumeName !== undefined) before.volumeName = spec.volumeName;
  if (gotClass(claim, old) && spec.storageClassName !== undefined) before.storageClassName = spec.storageClassName;
  if (old.status?.phase !== 'Bound') return before;
  if (spec.volumeAttributesClassName === undefined) delete before.volumeAttributesClassName;
  else before.volumeAttributesClassName = spec.volumeAttributesClassName;
  const size = spec.resources?.requests?.['storage'];
  if (size !== undefined) {
    before.resources = { ...before.resources, requests: { ...before.resources?.requests, storage: size } };
  }
  return before;
}

/** API: attributes a volume has got are not taken away. */
function validateAttributesUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  errors: FieldError[],
): void {
  const now = claim.spec?.volumeAttributesClassName;
  if (now || now === old.spec?.volumeAttributesClassName) return;
  if (old.status?.currentVolumeAttributesClassName === undefined) return;
  const to = now === undefined ? 'nil' : 'empty string';
  const why = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  errors.push(forbiddenField('spec.volumeAttributesClassName', why));
}

/** What is wrong with a changed claim. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(claim);
  const annotation = claim.metadata.annotations?.[oldClassAnnotation] ?? '';
  if (annotation !== (old.metadata.annotations?.[oldClassAnnotation] ?? '') && !gotClass(claim, old)) {
    errors.push(invalid(`metadata.annotations.${oldClassAnnotation}`, annotation, immutableText));
  }
  const before = tolerated(claim, old);
  if (!sameValue(claim.spec, before)) {
    const diff = goDiff('core.PersistentVolumeClaimSpec', before, claim.spec ?? {});
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbiddenField('spec', `${why}\n${diff}`));
  }
  // API: a claim may shrink down to what it has, as long as growing it has not succeeded
  const status = parseQuantity(old.status?.capacity?.['storage'] ?? '0') ?? 0;
  if (storage(claim) < storage(old) && storage(claim) <= status) {
    const why = 'field can not be less than status.capacity';
    errors.push(forbiddenField('spec.resources.requests.storage', why));
  }
  if (claim.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(invalid('volumeMode', claim.spec?.volumeMode, immutableText));
  }
  validateAttributesUpdate(claim, old, errors);
  return errors;
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort();

/** A name in what a claim is growing to. API: of Kubernetes' own names only storage. */
function resizeName(name: string, path: string, errors: FieldError[]): boolean {
  const before = errors.length;
  named(labelKeyErrors, name, path, errors);
  const isOwn = !name.includes('/') || name.includes('kubernetes.io/');
  if (errors.length === before && isOwn && name !== 'storage') errors.push(notSupported(path, name, ['storage']));
  return errors.length === before;
}

/** What is wrong with the status of a claim. */
export function validateClaimStatus(claim: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  const { capacity, allocatedResourceStatuses, allocatedResources } = claim.status ?? {};
  if (!claim.spec?.accessModes?.length) errors.push(required('Spec.accessModes'));
  for (const [name, amount] of Object.entries(capacity ?? {})) {
    validateBasicAmount(amount, `status.capacity[${name}]`, errors);
  }
  for (const [name, state] of Object.entries(allocatedResourceStatuses ?? {})) {
    const path = 'status.allocatedResourceStatus';
    resizeName(name, path, errors);
    if (!resizeStates.includes(state)) errors.push(notSupported(path, name, resizeStates));
  }
  for (const [name, amount] of Object.entries(allocatedResources ?? {})) {
    const path = `status.allocatedResources[${name}]`;
    if (!resizeName(name, 'status.allocatedResources', errors)) continue;
    validateBasicAmount(amount, path, errors);
  }
  return errors;
}
