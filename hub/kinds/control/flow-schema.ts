/** The FlowSchema: which requests go to which priority level. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type {
  FlowSchema,
  FlowSchemaSpec,
  FlowSubject,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../api/flow-control.ts';
import { bootstrapSchemas, mandatoryNames } from '../../api/flow-control-bootstrap.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import { sameJson } from '../../api/same-json.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { named, oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';

const defaultPrecedence = 1000;
const highestPrecedence = 10_000;
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
/** API: the order in which subjects of a kind that is not asked for are told. */
const order = ['ServiceAccount', 'User', 'Group'];

function setDefaults(schema: FlowSchema): void {
  schema.spec ??= { priorityLevelConfiguration: { name: '' } };
  if (!schema.spec.matchingPrecedence) schema.spec.matchingPrecedence = defaultPrecedence;
}

function validateSubject(subject: FlowSubject, path: string, errors: FieldError[]): void {
  const parts = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;
  const field = parts[subject.kind as keyof typeof parts];
  if (field === undefined) oneOf(subject.kind, ['Group', 'ServiceAccount', 'User'], `${path}.kind`, errors);
  else {
    validateNamed(subject, field, path, errors);
    for (const [kind, other] of Object.entries(parts).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))) {
      if (other === field || subject[other] === undefined) continue;
      errors.push(forbiddenField(`${path}.${other}`, `${other} is forbidden when subject kind is not '${kind}'`));
    }
  }
}

function validateNamed(
  subject: FlowSubject,
  field: 'user' | 'group' | 'serviceAccount',
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.${field}`;
  const who = subject[field];
  if (who === undefined) {
    errors.push(required(at, `${field} is required when subject kind is '${subject.kind}'`));
    return;
  }
  const account = field === 'serviceAccount' ? subject.serviceAccount : undefined;
  if (!who.name) errors.push(required(`${at}.name`));
  else if (account !== undefined && who.name !== '*') named(isDns1123Subdomain, who.name, `${at}.name`, errors);
  if (account === undefined) return;
  if (account.namespace) named(isDns1123Label, account.namespace, `${at}.namespace`, errors);
  else errors.push(required(`${at}.namespace`, 'must specify namespace for service account'));
}

/** `*` stands for all, and then alone. */
function loneStar(list: readonly string[], path: string, what: string, errors: FieldError[]): void {
  if (list.length < 2 || !list.includes('*')) return;
  errors.push(invalid(path, list, `if '*' is present, must not specify other ${what}`));
}

function validateVerbs(list: readonly string[] | undefined, path: string, errors: FieldError[]): void {
  if (!list?.length) errors.push(required(path, 'verbs must contain at least one value'));
  else if (list.includes('*')) loneStar(list, path, 'verbs', errors);
  else if (!list.every((verb) => verbs.includes(verb))) {
    const supported = verbs.map((verb) => JSON.stringify(verb)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(list)}: supported values: ${supported}`;
    errors.push({ type: 'FieldValueNotSupported', field: path, message });
  }
}

/** What is wrong with a path of requests that ask for no object; `/*` at its end stands for all below. */
function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split('*').length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function validateNamespaces(
  { namespaces = [], clusterScope }: ResourcePolicyRule,
  path: string,
  errors: FieldError[],
): void {
  if (namespaces.length === 0 && clusterScope !== true) {
    errors.push(required(path, 'resource rules that are not cluster scoped must supply at least one namespace'));
  }
  loneStar(namespaces, path, 'namespaces', errors);
  if (namespaces.includes('*')) return;
  namespaces.forEach((namespace, index) => {
    for (const problem of isDns1123Label(namespace)) {
      const why = `each member of this list must be '*' or a DNS-1123 label; ${problem}`;
      errors.push(invalid(`${path}[${index}]`, namespace, why));
    }
  });
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
    validateVerbs(one.verbs, `${field}.verbs`, errors);
    if (!one.apiGroups?.length)
      errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
    else loneStar(one.apiGroups, `${field}.apiGroups`, 'api groups', errors);
    if (!one.resources?.length)
      errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
    else loneStar(one.resources, `${field}.resources`, 'resources', errors);
    validateNamespaces(one, `${field}.namespaces`, errors);
  });
  rule.nonResourceRules?.forEach((one, index) => {
    const field = `${path}.nonResourceRules[${index}]`;
    validateVerbs(one.verbs, `${field}.verbs`, errors);
    const urls = one.nonResourceURLs ?? [];
    if (urls.length === 0) {
      errors.push(required(`${field}.nonResourceURLs`, 'nonResourceURLs must contain at least one value'));
    }
    loneStar(urls, `${field}.nonResourceURLs`, 'non-resource URLs', errors);
    if (urls.includes('*')) return;
    urls.forEach((url, at) => {
      const problem = urlProblem(url);
      if (problem !== undefined) errors.push(invalid(`${field}.nonResourceURLs[${at}]`, url, problem));
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

/** What is wrong with conditions of flow control: one of each type, and no more is asked of them. */
export function validateFlowConditions(conditions: readonly { readonly type?: string }[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  conditions?.forEach(({ type = '' }, index) => {
    const path = `status.conditions[${index}].type`;
    if (seen.has(type)) errors.push(duplicate(path, type));
    seen.add(type);
    if (type === '') errors.push(required(path, 'must not be empty'));
  });
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
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
  cells,
});
