/** What is wrong with what policies and their bindings say about requests and parameters. */
import type { MatchResources, NamedRule, ParamKind, ParamRef } from '../../../api/admission-policy.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegment } from '../../../api/names.ts';
import { named, oneOf } from '../../field-checks.ts';
import { validateLabelSelector } from '../../label-selector.ts';
import { validateRule } from '../validate-rules.ts';

/** API: objects that are gone cannot be changed. */
const mutatingOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

function validateNamedRule(rule: NamedRule, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  rule.resourceNames?.forEach((name, index) => {
    named(isPathSegment, name, `${path}.resourceNames[${index}]`, errors);
    if (names.has(name)) errors.push(duplicate(`${path}.resourceNames[${index}]`, name));
    names.add(name);
  });
  validateRule(rule, path, errors);
}

/** MatchResources at `path`; absent ones are fine. */
export function validateMatch(match: MatchResources | undefined, path: string, errors: FieldError[]): void {
  if (match === undefined) return;
  if (match.matchPolicy === undefined) errors.push(required(`${path}.matchPolicy`));
  else oneOf(match.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`, errors);
  validateLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`, errors);
  validateLabelSelector(match.objectSelector, `${path}.objectSelector`, errors);
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    match[list]?.forEach((rule, index) => {
      validateNamedRule(rule, `${path}.${list}[${index}]`, errors);
    });
  }
}

/** The operations of what changes objects. */
export function validateMutatingOperations(
  match: MatchResources | undefined,
  path: string,
  errors: FieldError[],
): void {
  for (const { operations = [] } of match?.resourceRules ?? []) {
    for (const one of operations) oneOf(one, mutatingOperations, `${path}.resourceRules.operations`, errors);
  }
}

function validateApiVersion(apiVersion: string, path: string, errors: FieldError[]): void {
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) {
    errors.push(invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
    return;
  }
  const [group = '', version = ''] = parts.length === 2 ? parts : ['', parts[0]];
  const joined = (value: string, problems: readonly string[]): void => {
    if (problems.length > 0) errors.push(invalid(path, value, problems.join(',')));
  };
  if (group !== '') joined(group, isDns1123Subdomain(group));
  if (version === '') errors.push(invalid(path, apiVersion, 'version must be specified'));
  else joined(version, isDns1035Label(version));
}

/** The kind of parameters at `path`. */
export function validateParamKind({ apiVersion, kind }: ParamKind, path: string, errors: FieldError[]): void {
  if (apiVersion) validateApiVersion(apiVersion, `${path}.apiVersion`, errors);
  else errors.push(required(`${path}.apiVersion`));
  if (!kind) {
    errors.push(required(`${path}.kind`));
    return;
  }
  const problems = isDns1035Label(kind.toLowerCase());
  if (problems.length === 0) return;
  const why = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
  errors.push(invalid(`${path}.kind`, kind, why));
}

/** A reference to parameters at `path`; an absent one is fine. */
export function validateParamRef(ref: ParamRef | undefined, path: string, errors: FieldError[]): void {
  if (ref === undefined) return;
  const both = Boolean(ref.name) && ref.selector !== undefined;
  const exclusive = 'name and selector are mutually exclusive';
  if (ref.name) named(isPathSegment, ref.name, `${path}.name`, errors);
  if (both) errors.push(forbiddenField(`${path}.name`, exclusive));
  validateLabelSelector(ref.selector, `${path}.selector`, errors);
  if (both) errors.push(forbiddenField(`${path}.selector`, exclusive));
  if (!ref.name && ref.selector === undefined) errors.push(required(path, 'one of name or selector must be specified'));
  const action = ref.parameterNotFoundAction;
  if (!action) errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== 'Deny' && action !== 'Allow') {
    errors.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']));
  }
}
