/** The FlowSchema: which requests go to which priority level. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { FlowSchema, FlowSchemaSpec, FlowSubject, PolicyRulesWithSubjects } from '../../api/flow-control.ts';
import { bootstrapSchemas, mandatoryNames } from '../../api/flow-control-bootstrap.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { sameJson } from '../../api/same-json.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { named, oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';

const defaultPrecedence = 1000;
const highestPrecedence = 10_000;

function setDefaults(schema: FlowSchema): void {
  schema.spec ??= { priorityLevelConfiguration: { name: '' } };
  if (!schema.spec.matchingPrecedence) schema.spec.matchingPrecedence = defaultPrecedence;
}

function validateSubject(subject: FlowSubject, path: string, errors: FieldError[]): void {
  const parts = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;
  const field = parts[subject.kind as keyof typeof parts];
  if (field === undefined) oneOf(subject.kind, ['Group', 'ServiceAccount', 'User'], `${path}.kind`, errors);
  else if (subject[field] === undefined) {
    errors.push(required(`${path}.${field}`, `${field} is required when subject kind is '${subject.kind}'`));
  } else if (!subject[field].name) errors.push(required(`${path}.${field}.name`));
}

function validateRule(rule: PolicyRulesWithSubjects, path: string, errors: FieldError[]): void {
  if (!rule.subjects?.length) errors.push(required(`${path}.subjects`, 'subjects must contain at least one value'));
  rule.subjects?.forEach((subject, index) => {
    validateSubject(subject, `${path}.subjects[${index}]`, errors);
  });
  if (!rule.resourceRules?.length && !rule.nonResourceRules?.length) {
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  rule.resourceRules?.forEach((one, index) => {
    const field = `${path}.resourceRules[${index}]`;
    if (!one.verbs?.length) errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
    if (!one.apiGroups?.length)
      errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!one.resources?.length)
      errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
    if (!one.namespaces?.length && one.clusterScope !== true) {
      const why = 'resource rules that are not cluster scoped must supply at least one namespace';
      errors.push(required(`${field}.namespaces`, why));
    }
  });
  rule.nonResourceRules?.forEach((one, index) => {
    const field = `${path}.nonResourceRules[${index}]`;
    if (!one.verbs?.length) errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
    if (!one.nonResourceURLs?.length) {
      errors.push(required(`${field}.nonResourceURLs`, 'nonResourceURLs must contain at least one value'));
    }
    one.nonResourceURLs?.forEach((url, at) => {
      if (url !== '*' && !url.startsWith('/')) {
        errors.push(invalid(`${field}.nonResourceURLs[${at}]`, url, 'must start with slash'));
      }
    });
  });
}

function validatePrecedence(schema: FlowSchema, spec: FlowSchemaSpec, errors: FieldError[]): void {
  const precedence = spec.matchingPrecedence ?? 0;
  const path = 'spec.matchingPrecedence';
  if (precedence <= 0) errors.push(invalid(path, precedence, 'must be a positive value'));
  if (precedence > highestPrecedence) {
    errors.push(invalid(path, precedence, `must not be greater than ${highestPrecedence}`));
  }
  if (precedence === 1 && schema.metadata.name !== 'exempt') {
    errors.push(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
}

function validate(schema: FlowSchema): FieldError[] {
  const errors: FieldError[] = [];
  const spec = schema.spec ?? { priorityLevelConfiguration: { name: '' } };
  validatePrecedence(schema, spec, errors);
  if (spec.distinguisherMethod !== undefined) {
    oneOf(spec.distinguisherMethod.type, ['ByNamespace', 'ByUser'], 'spec.distinguisherMethod.type', errors);
  }
  const level = spec.priorityLevelConfiguration?.name ?? '';
  const path = 'spec.priorityLevelConfiguration.name';
  if (level === '') errors.push(required(path, 'must reference a priority level'));
  else named(isDns1123Subdomain, level, path, errors);
  spec.rules?.forEach((rule, index) => {
    validateRule(rule, `spec.rules[${index}]`, errors);
  });
  const { name } = schema.metadata;
  if (
    mandatoryNames.has(name ?? '') &&
    !sameJson(spec, bootstrapSchemas.find((one) => one.metadata.name === name)?.spec)
  ) {
    errors.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`));
  }
  return errors;
}

function missingCell(schema: FlowSchema): string {
  return schema.status?.conditions?.find((one) => one.type === 'Dangling')?.status ?? '?';
}

function cells(schema: FlowSchema, now: number): TableCell[] {
  const { spec } = schema;
  return [
    nameCell(schema),
    spec?.priorityLevelConfiguration?.name ?? '',
    spec?.matchingPrecedence ?? 0,
    spec?.distinguisherMethod?.type ?? none,
    ageCell(schema, now),
    missingCell(schema),
  ];
}

/** The strategy of FlowSchemas. */
export const flowSchemaStrategy: Strategy = plainStrategy<FlowSchema>({
  hasGeneration: true,
  hasStatus: true,
  unconditionalUpdate: false,
  newStatus: () => ({}),
  setDefaults,
  prepareStatusUpdate: keepMetadata,
  validateCreate: validate,
  columns: columnsOf('flowSchema'),
  cells,
});
