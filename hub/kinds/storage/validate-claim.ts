/** What is wrong with a PersistentVolumeClaim, and what may change in one. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../api/persistent-volume-claim.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { named, oneOf, sameValue } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { validateAccessModes } from './access-modes.ts';

type Source = { kind?: string; name?: string; apiGroup?: string | null; namespace?: string };

function validateSource(source: Source | undefined, path: string, errors: FieldError[]): void {
  if (source === undefined) return;
  if (!source.name) errors.push(required(`${path}.name`));
  if (!source.kind) errors.push(required(`${path}.kind`));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim' && source.kind) {
    errors.push(invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
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
  if (spec.dataSource && spec.dataSourceRef && !spec.dataSourceRef.namespace) {
    if (!sameValue(spec.dataSource, spec.dataSourceRef)) {
      errors.push(invalid(path, `${path}.dataSource`, 'must match dataSourceRef'));
    }
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

/** API: a claim that named no class may be given one as long as it is not bound. */
function gotClass(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const hadNone =
    old.spec?.storageClassName === undefined && old.metadata.annotations?.[oldClassAnnotation] === undefined;
  return hadNone && Boolean(claim.spec?.storageClassName);
}

/** API: a claim waits for its volume's name; bound, it may ask for more and for other attributes. */
function withoutChanges(claim: PersistentVolumeClaim, bound: boolean): unknown {
  const { volumeName: _name, volumeAttributesClassName: _class, resources, ...spec } = claim.spec ?? {};
  if (!bound) return { ...spec, resources };
  const { storage: _size, ...requests } = resources?.requests ?? {};
  return { ...spec, resources: { ...resources, requests } };
}

/** What is wrong with a changed claim. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(claim);
  const bound = old.status?.phase === 'Bound';
  const renamed = Boolean(old.spec?.volumeName) && claim.spec?.volumeName !== old.spec?.volumeName;
  const storageClassName = claim.spec?.storageClassName ?? '';
  const isGiven = !bound && gotClass(claim, old);
  const before = isGiven ? { ...old, spec: { ...old.spec, storageClassName } } : old;
  if (renamed || !sameValue(withoutChanges(claim, bound), withoutChanges(before, bound))) {
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbiddenField('spec', `${why}\n${JSON.stringify(claim.spec)}\n`));
  }
  const status = parseQuantity(old.status?.capacity?.['storage'] ?? '0') ?? 0;
  if (storage(claim) < storage(old) && !(bound && storage(claim) > status)) {
    const why = 'field can not be less than status.capacity';
    errors.push(forbiddenField('spec.resources.requests.storage', why));
  }
  if (claim.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(invalid('volumeMode', claim.spec?.volumeMode, 'field is immutable'));
  }
  return errors;
}

/** What is wrong with the status of a claim. */
export function validateClaimStatus(claim: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(claim.status?.capacity ?? {})) {
    if ((parseQuantity(amount) ?? 0) < 0) {
      errors.push(invalid(`status.capacity[${name}]`, amount, 'must be greater than or equal to 0'));
    }
  }
  return errors;
}
