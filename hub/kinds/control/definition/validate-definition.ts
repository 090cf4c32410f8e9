/** What is wrong with a CustomResourceDefinition, in the words of Kubernetes. */
import { type CustomResourceDefinition, type DefinitionVersion, hasCondition } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, notSupported, required } from '../../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../../api/names.ts';
import { sameJson } from '../../../api/same-json.ts';
import { immutable } from '../../field-checks.ts';
import { validateApproval } from './validate-approval.ts';
import { validateConversion } from './validate-conversion.ts';
import { validateNames } from './validate-names.ts';
import { validateRootSchema } from './validate-root-schema.ts';
import { validateColumns, validateSelectableFields, validateSubresources } from './validate-parts.ts';

/** In bytes. */
const warningLimit = 256;
/** API: letters, marks, numbers, punctuation, symbols and the plain space are printable. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

type Spec = CustomResourceDefinition['spec'];

/** What may be said once for all versions, and where it is then. */
interface Aspect {
  readonly of: (version: DefinitionVersion) => unknown;
  /** Below a version, and at the top when all versions agree. */
  readonly below: string;
  readonly top: string;
  readonly validate: (version: DefinitionVersion, path: string, errors: FieldError[]) => void;
}

const aspects: readonly Aspect[] = [
  {
    of: (version) => version.schema,
    below: 'schema',
    top: 'validation',
    validate: (version, path, errors) => {
      const schema = version.schema?.openAPIV3Schema;
      const hasStatus = version.subresources?.status !== undefined;
      if (schema !== undefined) validateRootSchema(schema, hasStatus, `${path}.openAPIV3Schema`, errors);
    },
  },
  {
    of: (version) => version.subresources,
    below: 'subresources',
    top: 'subresources',
    validate: (version, path, errors) => validateSubresources(version.subresources, path, errors),
  },
  {
    of: (version) => version.additionalPrinterColumns,
    below: 'additionalPrinterColumns',
    top: 'additionalPrinterColumns',
    validate: (version, path, errors) => validateColumns(version.additionalPrinterColumns ?? [], path, errors),
  },
  {
    of: (version) => version.selectableFields,
    below: 'selectableFields',
    top: 'selectableFields',
    validate: (version, path, errors) => validateSelectableFields(version, path, errors),
  },
];

function isShared(aspect: Aspect, versions: readonly DefinitionVersion[]): boolean {
  const [first] = versions;
  return first !== undefined && versions.every((version) => sameJson(aspect.of(version), aspect.of(first)));
}

function versionName(name: string | undefined, path: string, errors: FieldError[]): void {
  const problems = isDns1035Label(name ?? '');
  if (problems.length > 0) errors.push(invalid(path, name ?? '', problems.join(',')));
}

function validateDeprecation(
  { deprecated, deprecationWarning }: DefinitionVersion,
  path: string,
  errors: FieldError[],
): void {
  const text = deprecationWarning;
  if (text === undefined) return;
  const told = (why: string): unknown => errors.push(invalid(path, text, why));
  if (deprecated !== true) {
    told('can only be set for deprecated versions');
    return;
  }
  if (Buffer.byteLength(text) > warningLimit) told(`must be <= ${warningLimit} characters long`);
  if (text === '') told('must not be an empty string');
  const odd = text.search(unprintable);
  if (odd === -1) return;
  const index = Buffer.byteLength(text.slice(0, odd));
  told(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
}

/** What is said of one version: its name, and what the versions do not share. */
function validateVersion(
  version: DefinitionVersion,
  path: string,
  apart: readonly Aspect[],
  errors: FieldError[],
): void {
  versionName(version.name, `${path}.name`, errors);
  validateDeprecation(version, `${path}.deprecationWarning`, errors);
  for (const aspect of apart) aspect.validate(version, `${path}.${aspect.below}`, errors);
}

function validateVersions(spec: Spec, errors: FieldError[]): void {
  const versions = spec.versions ?? [];
  const path = 'spec.versions';
  const names = new Set(versions.map((version) => version.name));
  const whole = (detail: string): FieldError => invalid(path, spec.versions ?? null, detail);
  if (names.size < versions.length) errors.push(whole('must contain unique version names'));
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(whole('must have exactly one version marked as storage version'));
  }
  const [first] = versions;
  if (first?.name) versionName(first.name, 'spec.version', errors);
}

function validatePlace({ group = '', scope = '' }: Spec, errors: FieldError[]): void {
  const problems = isDns1123Subdomain(group);
  if (group === '') errors.push(required('spec.group'));
  else if (problems.length > 0) errors.push(invalid('spec.group', group, problems.join(',')));
  else if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  if (scope === '') errors.push(required('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  }
}

function validateSpec(spec: Spec, errors: FieldError[]): void {
  validatePlace(spec, errors);
  const versions = spec.versions ?? [];
  versions.forEach((version, index) => {
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
    }
  });
  const [first] = versions;
  const shared = aspects.filter((aspect) => isShared(aspect, versions));
  const apart = aspects.filter((aspect) => !shared.includes(aspect));
  for (const [index, version] of versions.entries()) {
    validateVersion(version, `spec.versions[${index}]`, apart, errors);
  }
  validateVersions(spec, errors);
  validateNames(spec.names, 'spec.names', errors, true);
  if (first !== undefined) for (const aspect of shared) aspect.validate(first, `spec.${aspect.top}`, errors);
  validateConversion(spec.conversion, errors);
}

function validateStored(definition: CustomResourceDefinition, errors: FieldError[]): void {
  const path = 'status.storedVersions';
  const stored = definition.status?.storedVersions ?? [];
  if (stored.length === 0) {
    errors.push(invalid(path, definition.status?.storedVersions ?? null, 'must have at least one stored version'));
    return;
  }
  const left = new Map(stored.map((version, index) => [version, index]));
  for (const { name, storage } of definition.spec.versions ?? []) {
    if (storage && !left.has(name)) errors.push(invalid(path, stored, `must have the storage version ${name}`));
    left.delete(name);
  }
  for (const [version, index] of left) {
    const until =
      `must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} ` +
      `and removes ${version} from status.storedVersions`;
    const why = `missing from spec.versions; ${version} was previously a storage version, and ${until}`;
    errors.push(invalid(`${path}[${index}]`, version, why));
  }
}

function validatePreserving(spec: Spec, errors: FieldError[]): void {
  if (spec.preserveUnknownFields !== true) return;
  const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  errors.push(invalid('spec.preserveUnknownFields', true, why));
}

/** A new definition. */
export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const { spec, metadata } = definition;
  const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  if (metadata.name !== wanted) {
    errors.push(invalid('metadata.name', metadata.name ?? '', 'must be spec.names.plural+"."+spec.group'));
  }
  validateSpec(spec, errors);
  validateNames(definition.status?.acceptedNames, 'status.acceptedNames', errors);
  validateStored(definition, errors);
  validateApproval(definition, undefined, errors);
  validatePreserving(spec, errors);
  return errors;
}

/** A changed definition. API: what was there before may stay as wrong as it was. */
export function validateDefinitionUpdate(
  after: CustomResourceDefinition,
  before: CustomResourceDefinition,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameJson(after.spec, before.spec)) {
    const old: FieldError[] = [];
    validateSpec(before.spec, old);
    const known = new Set(old.map(({ field, message }) => `${field} ${message}`));
    const found: FieldError[] = [];
    validateSpec(after.spec, found);
    errors.push(...found.filter(({ field, message }) => !known.has(`${field} ${message}`)));
  }
  if (hasCondition(before, 'Established')) {
    immutable(after.spec.scope, before.spec.scope, 'spec.scope', errors);
    immutable(after.spec.names.kind, before.spec.names.kind, 'spec.names.kind', errors);
  }
  immutable(after.spec.group, before.spec.group, 'spec.group', errors);
  immutable(after.spec.names.plural, before.spec.names.plural, 'spec.names.plural', errors);
  validateNames(after.status?.acceptedNames, 'status.acceptedNames', errors);
  validateStored(after, errors);
  validateApproval(after, before, errors);
  if (before.spec.preserveUnknownFields !== true) validatePreserving(after.spec, errors);
  return errors;
}

/** A changed status. API: the stored versions are not compared with those there are. */
export function validateDefinitionStatus(after: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  validateNames(after.status?.acceptedNames, 'status.acceptedNames', errors);
  return errors;
}
