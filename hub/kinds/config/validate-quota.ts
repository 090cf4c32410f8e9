/** What is wrong with a ResourceQuota. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { ResourceQuota, ResourceQuotaSpec } from '../../api/quota.ts';
import { sameValue } from '../field-checks.ts';
import { isStandardOfQuotas, quotaResourceName, resourceAmount } from '../resource-names.ts';

const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);
const selectorPath = 'spec.scopeSelector.matchExpressions';
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];
const computing = new Set('pods cpu memory limits.cpu limits.memory requests.cpu requests.memory'.split(' '));
const ofClaims = new Set(['persistentvolumeclaims', 'requests.storage']);

/** API: scopes say which Pods count, or which claims; only what belongs to those can be bounded by them. */
function appliesTo(scope: string, resource: string): boolean {
  if (!isStandardOfQuotas(resource) || !scopes.has(scope)) return true;
  if (scope === 'BestEffort') return resource === 'pods';
  return (scope === 'VolumeAttributesClass' ? ofClaims : computing).has(resource);
}

function validateScope(
  scope: string,
  spec: ResourceQuotaSpec,
  told: { path: string; namePath: string; name: unknown; whole: unknown },
  errors: FieldError[],
): void {
  if (!scopes.has(scope)) errors.push(invalid(told.namePath, told.name, 'unsupported scope'));
  for (const resource of Object.keys(spec.hard ?? {})) {
    if (appliesTo(scope, resource)) continue;
    errors.push(invalid(told.path, told.whole, 'unsupported scope applied to resource'));
  }
}

function validateConflicts(
  names: readonly string[],
  { scopes: shown }: ResourceQuotaSpec,
  path: string,
  errors: FieldError[],
): void {
  for (const pair of conflicts) {
    if (pair.every((name) => names.includes(name))) errors.push(invalid(path, shown, 'conflicting scopes'));
  }
}

function validateScopes(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const names = spec.scopes ?? [];
  const path = 'spec.scopes';
  for (const name of names) validateScope(name, spec, { path, namePath: path, name: names, whole: names }, errors);
  validateConflicts(names, spec, path, errors);
}

const existing = new Set(['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity']);

function validateOperator(scope: string, operator: string, values: readonly string[], errors: FieldError[]): void {
  if (existing.has(scope) && operator !== 'Exists') {
    const why = `must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`;
    errors.push(invalid(`${selectorPath}.operator`, operator, why));
  }
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.push(required(`${selectorPath}.values`, why));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.push(invalid(`${selectorPath}.values`, values, why));
  } else errors.push(invalid(`${selectorPath}.operator`, operator, 'not a valid selector operator'));
}

function validateSelector(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const path = selectorPath;
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of expressions) {
    const namePath = `${path}.scopeName`;
    validateScope(scopeName, spec, { path, namePath, name: scopeName, whole: spec.scopeSelector }, errors);
    validateOperator(scopeName, operator, values, errors);
  }
  // API: what is shown of a conflict are the scopes beside the selector
  validateConflicts(
    expressions.map(({ scopeName }) => scopeName),
    spec,
    path,
    errors,
  );
}

function validateAmounts(amounts: Record<string, string> | undefined, path: string, errors: FieldError[]): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    quotaResourceName(name, `${path}[${name}]`, errors);
    resourceAmount(name, amount, `${path}[${name}]`, errors);
  }
}

/** What is wrong with a new quota. */
export function validateQuota(quota: ResourceQuota): FieldError[] {
  const errors: FieldError[] = [];
  const spec = quota.spec ?? {};
  validateAmounts(spec.hard, 'spec.hard', errors);
  validateScopes(spec, errors);
  validateSelector(spec, errors);
  return errors;
}

/** What is wrong with a changed quota. API: its scopes stay. */
export function validateQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors = validateQuota(quota);
  const sorted = (one: ResourceQuota): string[] => [...(one.spec?.scopes ?? [])].sort();
  if (!sameValue(sorted(quota), sorted(old))) {
    errors.push(invalid('spec.scopes', quota.spec?.scopes, 'field is immutable'));
  }
  return errors;
}

/** What is wrong with the status the quota controller writes. */
export function validateQuotaStatus(quota: ResourceQuota): FieldError[] {
  const errors: FieldError[] = [];
  validateAmounts(quota.status?.hard, 'status.hard', errors);
  validateAmounts(quota.status?.used, 'status.used', errors);
  return errors;
}
