/** What is wrong with the metadata of an object, in the words of the Kubernetes API. */
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../api/label.ts';
import { isDns1123Label, type NameRule } from '../api/names.ts';
import type { ObjectMeta, OwnerReference } from '../api/object.ts';

/** API: all annotation keys and values of an object together, in bytes. */
const annotationLimit = 256 * 1024;
const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** How metadata of a resource is checked. */
export interface MetadataRules {
  namespaced: boolean;
  validateName: NameRule;
  /** Where the metadata is: `metadata` unless it is nested. */
  path?: string;
  /** True for custom resources and their definitions, whose finalizers need no prefix. */
  custom?: boolean;
}

/** A prefix of names is checked as if something stood behind its last dash. */
function maskedPrefix(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

/** Labels: keys are qualified names, values short words. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldError[],
): void {
  for (const key in labels) {
    for (const problem of labelKeyErrors(key)) errors.push(invalid(path, key, problem));
    const value = labels[key] ?? '';
    for (const problem of labelValueErrors(value)) errors.push(invalid(path, value, problem));
  }
}

/** Annotations: keys are qualified names in any case, all of them together at most 256 KiB. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: FieldError[],
): void {
  let size = 0;
  for (const key in annotations) {
    for (const problem of labelKeyErrors(key.toLowerCase())) errors.push(invalid(path, key, problem));
    const value = annotations[key] ?? '';
    // A JavaScript character is at most three bytes: only what may be too long is measured.
    size += (key.length + value.length) * 3;
  }
  if (annotations === undefined || size <= annotationLimit) return;
  size = 0;
  for (const [key, value] of Object.entries(annotations)) size += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (size > annotationLimit) errors.push(tooLong(path, annotationLimit));
}

function validateOwners(owners: readonly OwnerReference[], path: string, errors: FieldError[]): void {
  let controller: string | undefined;
  for (const owner of owners) {
    const version = owner.apiVersion === undefined ? '' : owner.apiVersion.slice(owner.apiVersion.indexOf('/') + 1);
    if (version === '') errors.push(invalid(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (!owner[field]) errors.push(invalid(`${path}.${field}`, '', `${field} must not be empty`));
    }
    if (owner.kind === 'Event' && owner.apiVersion === 'v1') {
      errors.push(invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, owners, why));
    }
    controller = name;
  }
}

function validateFinalizers(finalizers: readonly string[], path: string, custom: boolean, errors: FieldError[]): void {
  for (const finalizer of finalizers) {
    for (const problem of labelKeyErrors(finalizer)) errors.push(invalid(path, finalizer, problem));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  if (custom) return;
  finalizers.forEach((finalizer, index) => {
    if (finalizer.includes('/') || standardFinalizers.has(finalizer)) return;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(`${path}[${index}]`, finalizer, why));
  });
}

/** What is wrong with the metadata of a new object. Its name is generated already where generateName asked for it. */
export function validateMetadata(meta: ObjectMeta, rules: MetadataRules): FieldError[] {
  const errors: FieldError[] = [];
  const path = rules.path ?? 'metadata';
  if (meta.generateName) {
    for (const problem of rules.validateName(maskedPrefix(meta.generateName))) {
      errors.push(invalid(`${path}.generateName`, meta.generateName, problem));
    }
  }
  if (!meta.name) errors.push(required(`${path}.name`, 'name or generateName is required'));
  else for (const problem of rules.validateName(meta.name)) errors.push(invalid(`${path}.name`, meta.name, problem));
  if (!rules.namespaced) {
    if (meta.namespace) errors.push(forbiddenField(`${path}.namespace`, 'not allowed on this type'));
  } else if (!meta.namespace) errors.push(required(`${path}.namespace`));
  else {
    for (const problem of isDns1123Label(meta.namespace)) {
      errors.push(invalid(`${path}.namespace`, meta.namespace, problem));
    }
  }
  validateRest(meta, path, rules.custom ?? false, errors);
  return errors;
}

/** What is wrong with the labels, annotations, owners and finalizers of an object inside a custom one. */
export function validateNestedMetadata(meta: ObjectMeta, path: string): FieldError[] {
  const errors: FieldError[] = [];
  validateRest(meta, path, true, errors);
  return errors;
}

function validateRest(meta: ObjectMeta, path: string, custom: boolean, errors: FieldError[]): void {
  if (meta.generation !== undefined && meta.generation < 0) {
    errors.push(invalid(`${path}.generation`, meta.generation, 'must be greater than or equal to 0'));
  }
  if (meta.labels) validateLabels(meta.labels, `${path}.labels`, errors);
  if (meta.annotations) validateAnnotations(meta.annotations, `${path}.annotations`, errors);
  if (meta.ownerReferences) validateOwners(meta.ownerReferences, `${path}.ownerReferences`, errors);
  if (meta.finalizers) validateFinalizers(meta.finalizers, `${path}.finalizers`, custom, errors);
}

const immutable = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/**
 * What is wrong with changed metadata. API: names, uid and times never change, and no finalizer is added to what is
 * being deleted. What metadata of an update looks like is checked here too.
 */
export function validateMetadataUpdate(
  meta: ObjectMeta,
  old: ObjectMeta,
  rules: { custom?: boolean } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined && meta.finalizers !== undefined) {
    const added = meta.finalizers.filter((finalizer) => !(old.finalizers ?? []).includes(finalizer)).sort();
    if (added.length > 0) {
      const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      errors.push(forbiddenField('metadata.finalizers', why));
    }
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  for (const field of immutable) {
    const value = meta[field] ?? undefined;
    if (value !== (old[field] ?? undefined)) errors.push(invalid(`metadata.${field}`, value, 'field is immutable'));
  }
  validateRest(meta, 'metadata', rules.custom ?? false, errors);
  return errors;
}
