/** What is wrong with the rules and the match conditions of webhooks and of admission policies. */
import { duplicate, type FieldError, invalid, required, tooMany } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import type { MatchCondition, RuleWithOperations } from '../../api/webhook.ts';
import { named, oneOf } from '../field-checks.ts';
import { conditionFault } from './lazy-match-conditions.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const conditionLimit = 64;

/** A list in which `*` (or `all`) must stand alone. */
function loneStar(
  list: readonly string[] | undefined,
  path: string,
  what: string,
  errors: FieldError[],
  star = '*',
): void {
  if (!list?.length) errors.push(required(path));
  else if (list.length > 1 && list.includes(star)) {
    errors.push(invalid(path, list, `if '${star}' is present, must not specify other ${what}`));
  }
}

function validateResources(resources: readonly string[], path: string, errors: FieldError[]): void {
  const subresourcesOf = new Set<string>();
  const withSubresource = new Set<string>();
  let isLastWhole = false;
  resources.forEach((resource, index) => {
    const field = `${path}[${index}]`;
    const slash = resource.indexOf('/');
    if (resource === '') errors.push(required(field));
    else if (slash === -1) isLastWhole = resource !== '*';
    if (slash === -1) return;
    const [name, sub] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (subresourcesOf.has(name)) {
      errors.push(invalid(field, resource, `if '${name}/*' is present, must not specify ${resource}`));
    }
    if (withSubresource.has(sub)) {
      errors.push(invalid(field, resource, `if '*/${sub}' is present, must not specify ${resource}`));
    }
    if (sub === '*') subresourcesOf.add(name);
    if (name === '*') withSubresource.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  // API: of what is no subresource, only the last one is compared with the wildcard
  if (resources.includes('*') && isLastWhole) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, resources, why));
  }
}

/** One rule of a webhook or of an admission policy at `path`. */
export function validateRule(rule: RuleWithOperations, path: string, errors: FieldError[]): void {
  loneStar(rule.operations, `${path}.operations`, 'operations', errors);
  rule.operations?.forEach((operation, index) => {
    oneOf(operation, operations, `${path}.operations[${index}]`, errors);
  });
  loneStar(rule.apiGroups, `${path}.apiGroups`, 'API groups', errors);
  loneStar(rule.apiVersions, `${path}.apiVersions`, 'API versions', errors);
  rule.apiVersions?.forEach((version, index) => {
    if (version === '') errors.push(required(`${path}.apiVersions[${index}]`));
  });
  if (!rule.resources?.length) errors.push(required(`${path}.resources`));
  else validateResources(rule.resources, `${path}.resources`, errors);
  if (rule.scope !== undefined) oneOf(rule.scope, ['*', 'Cluster', 'Namespaced'], `${path}.scope`, errors);
}

/** A list of conditions at `path`. `params`: they may name parameters. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  errors: FieldError[],
  params = false,
): void {
  const count = conditions?.length ?? 0;
  if (count > conditionLimit) errors.push(tooMany(path, count, conditionLimit));
  const names = new Set<string>();
  conditions?.forEach(({ name, expression }, index) => {
    const field = `${path}[${index}]`;
    const text = expression?.trim() ?? '';
    const fault = text === '' ? undefined : conditionFault(text, params);
    if (text === '') errors.push(required(`${field}.expression`));
    if (fault !== undefined) errors.push(invalid(`${field}.expression`, text, fault));
    if (name) named(labelKeyErrors, name, `${field}.name`, errors);
    else errors.push(required(`${field}.name`));
    if (name && names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
  });
}
