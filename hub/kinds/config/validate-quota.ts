/** What is wrong with a ResourceQuota. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { ResourceQuota, ResourceQuotaSpec } from '../../api/quota.ts';
import { sameValue } from '../field-checks.ts';
import { quotaResourceName, resourceAmount } from '../resource-names.ts';

const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];
const computing = new Set(
  'cpu memory limits.cpu limits.memory requests.cpu requests.memory ephemeral-storage'.split(' '),
);

/** API: scopes say which Pods count; only what belongs to Pods can be bounded by them. */
function appliesTo(scope: string, resource: string): boolean {
  if (scope === 'BestEffort') return resource === 'pods';
  if (scope === 'VolumeAttributesClass') {
    return resource === 'persistentvolumeclaims' || resource.includes('storage') || resource.startsWith('count/');
  }
  return resource === 'pods' || resource === 'count/pods' || computing.has(resource) || resource.includes('hugepages-');
}

function validateScopes(names: readonly string[], spec: ResourceQuotaSpec, path: string, errors: FieldError[]): void {
  const shown = path.endsWith('scopes') ? names : spec.scopeSelector;
  for (const name of names) {
    if (!scopes.has(name)) errors.push(invalid(path, shown, 'unsupported scope'));
    else if (!Object.keys(spec.hard ?? {}).every((resource) => appliesTo(name, resource))) {
      errors.push(invalid(path, shown, 'unsupported scope applied to resource'));
    }
  }
  for (const pair of conflicts) {
    if (pair.every((name) => names.includes(name))) errors.push(invalid(path, shown, 'conflicting scopes'));
  }
}

function validateSelector(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const path = 'spec.scopeSelector.matchExpressions';
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  const names: string[] = [];
  for (const { scopeName, operator, values = [] } of expressions) {
    names.push(scopeName);
    if (!['PriorityClass', 'VolumeAttributesClass'].includes(scopeName) && operator !== 'Exists') {
      const why = `must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`;
      errors.push(invalid(`${path}.operator`, operator, why));
    }
    if (operator === 'In' || operator === 'NotIn') {
      const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (values.length === 0) errors.push(required(`${path}.values`, why));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) errors.push(invalid(`${path}.values`, values, why));
    } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  if (expressions.length > 0) validateScopes(names, spec, path, errors);
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
  if (spec.scopes?.length) validateScopes(spec.scopes, spec, 'spec.scopes', errors);
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
