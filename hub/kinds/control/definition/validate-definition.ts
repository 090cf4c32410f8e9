/** What is wrong with a CustomResourceDefinition, in the words of Kubernetes. */
import { type CustomResourceDefinition, type DefinitionVersion, hasCondition } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, notSupported, required, tooLong } from '../../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../../api/names.ts';
import { sameJson } from '../../../api/same-json.ts';
import { immutable, named } from '../../field-checks.ts';
import { validateConversion } from './validate-conversion.ts';
import { validateNames } from './validate-names.ts';
import { validateRootSchema } from './validate-root-schema.ts';
import { validateColumns, validateSelectableFields, validateSubresources } from './validate-parts.ts';

const approvalAnnotation = 'api-approved.kubernetes.io';
const approvalText = 'see https://github.com/kubernetes/enhancements/pull/1111';
const warningLimit = 256;

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

function validateVersions(spec: Spec, errors: FieldError[]): void {
  const versions = spec.versions ?? [];
  const path = 'spec.versions';
  versions.forEach((version, index) => {
    named(isDns1035Label, version.name ?? '', `${path}[${index}].name`, errors);
    const { deprecated, deprecationWarning: warning } = version;
    const at = `${path}[${index}].deprecationWarning`;
    if (warning === undefined) return;
    if (deprecated !== true) errors.push(invalid(at, warning, 'can only be set for deprecated versions'));
    else if (Buffer.byteLength(warning) > warningLimit) errors.push(tooLong(at, warningLimit));
    else if (warning === '') errors.push(invalid(at, warning, 'must not be an empty string'));
  });
  const names = new Set(versions.map((version) => version.name));
  const shown = spec.versions ?? null;
  const whole = (detail: string): FieldError =>
    shown === null
      ? {
          type: 'FieldValueInvalid',
          field: path,
          message: `Invalid value: []apiextensions.CustomResourceDefinitionVersion(nil): ${detail}`,
        }
      : invalid(path, shown, detail);
  if (names.size < versions.length) errors.push(whole('must contain unique version names'));
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(whole('must have exactly one version marked as storage version'));
  }
  const [first] = versions;
  if (first?.name) named(isDns1035Label, first.name, 'spec.version', errors);
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
  validateVersions(spec, errors);
  const versions = spec.versions ?? [];
  versions.forEach((version, index) => {
    if (version.served && version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    }
  });
  const [first] = versions;
  const shared = aspects.filter((aspect) => isShared(aspect, versions));
  const apart = aspects.filter((aspect) => !shared.includes(aspect));
  for (const [index, version] of versions.entries()) {
    for (const aspect of apart) aspect.validate(version, `spec.versions[${index}].${aspect.below}`, errors);
  }
  validateNames(spec.names, 'spec.names', errors, true);
  if (first !== undefined) for (const aspect of shared) aspect.validate(first, `spec.${aspect.top}`, errors);
  validateConversion(spec.conversion, errors);
}

function validateStored(definition: CustomResourceDefinition, errors: FieldError[]): void {
  const path = 'status.storedVersions';
  const stored = definition.status?.storedVersions ?? [];
  if (stored.length === 0) {
    const message = 'Invalid value: []string(nil): must have at least one stored version';
    errors.push({ type: 'FieldValueInvalid', field: path, message });
    return;
  }
  const left = new Map(stored.map((version, index) => [version, index]));
  for (const { name, storage } of definition.spec.versions ?? []) {
    if (storage && !left.has(name)) errors.push(invalid(path, stored, `must have the storage version ${name}`));
    left.delete(name);
  }
  for (const [version, index] of left) {
    errors.push(invalid(`${path}[${index}]`, version, 'must appear in spec.versions'));
  }
}

function validateApproval({ spec, metadata }: CustomResourceDefinition, errors: FieldError[]): void {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '')) return;
  const path = `metadata.annotations[${approvalAnnotation}]`;
  const value = metadata.annotations?.[approvalAnnotation] ?? '';
  const head = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;
  if (value === '') errors.push(required(path, `${head}, ${approvalText}`));
  else if (!value.startsWith('unapproved') && !(URL.canParse(value) && new URL(value).host !== '')) {
    const why = `${head} with either a URL or a reason starting with "unapproved", ${approvalText}`;
    errors.push(invalid(path, value, why));
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
  validateApproval(definition, errors);
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
  if (before.spec.preserveUnknownFields !== true) validatePreserving(after.spec, errors);
  return errors;
}

/** A changed status. */
export function validateDefinitionStatus(after: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  validateNames(after.status?.acceptedNames, 'status.acceptedNames', errors);
  validateStored(after, errors);
  return errors;
}
