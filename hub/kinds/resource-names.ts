/** Names of resources: what a container may ask for, what a quota may bound, what is counted in whole numbers. */
import { type FieldError, invalid } from '../api/field-error.ts';
import { labelKeyErrors } from '../api/label.ts';
import { parseQuantity } from '../api/quantity.ts';
import { quantityNonNegative } from './field-checks.ts';

const standard = new Set(
  (
    'cpu memory ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage limits.cpu limits.memory ' +
    'limits.ephemeral-storage pods resourcequotas services replicationcontrollers secrets persistentvolumeclaims ' +
    'configmaps services.nodeports services.loadbalancers requests.storage storage'
  ).split(' '),
);
const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);
const ofQuotas = new Set([...standard].filter((name) => name !== 'storage'));
const counted = new Set(
  (
    'pods resourcequotas services replicationcontrollers secrets configmaps persistentvolumeclaims services.nodeports ' +
    'services.loadbalancers'
  ).split(' '),
);

const hugePages = 'hugepages-';
const requestsPrefix = 'requests.';

/** True for memory in huge pages. */
export const isHugePages = (name: string): boolean => name.startsWith(hugePages);
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** True for resources that vendors add, which cannot be promised twice. */
export function isExtended(name: string): boolean {
  if (isNative(name) || name.startsWith(requestsPrefix)) return false;
  return labelKeyErrors(`${requestsPrefix}${name}`).length === 0;
}

/** True for what may be promised once only: what vendors add, and huge pages. */
export const isPromisedOnce = (name: string): boolean => !isNative(name) || isHugePages(name);

/** True for resources that come in whole numbers only. */
const isInteger = (name: string): boolean => counted.has(name) || isExtended(name);

/** True for huge pages, also as a quota says them. */
const isQuotaHugePages = (name: string): boolean =>
  isHugePages(name) || name.startsWith(`${requestsPrefix}${hugePages}`);

/** True for what the quota of a namespace knows without a prefix. */
export const isStandardOfQuotas = (name: string): boolean => ofQuotas.has(name) || isQuotaHugePages(name);

function nameErrors(name: string, path: string, errors: FieldError[]): void {
  const problems = labelKeyErrors(name);
  for (const problem of problems) errors.push(invalid(path, name, problem));
  if (problems.length > 0 || name.includes('/') || standard.has(name) || isQuotaHugePages(name)) return;
  errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
}

/** The name of a resource in requests or limits of a container. */
export function containerResourceName(name: string, path: string, errors: FieldError[]): void {
  nameErrors(name, path, errors);
  if (!name.includes('/') && !ofContainers.has(name) && !isHugePages(name)) {
    errors.push(invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
}

/** The name of a resource in a quota; `count/` counts objects of any kind. */
export function quotaResourceName(name: string, path: string, errors: FieldError[]): void {
  nameErrors(name, path, errors);
  if (!name.includes('/') && !isStandardOfQuotas(name)) {
    errors.push(invalid(path, name, 'must be a standard resource for quota'));
  }
}

/** The name of a resource in a LimitRange. */
export function limitResourceName(type: string, name: string, path: string, errors: FieldError[]): void {
  if (type === 'Pod' || type === 'Container') containerResourceName(name, path, errors);
  else nameErrors(name, path, errors);
}

/** An amount: not below zero, and whole where the resource is counted. */
export function resourceAmount(name: string, amount: string, path: string, errors: FieldError[]): void {
  quantityNonNegative(amount, path, errors);
  if (isInteger(name) && !Number.isInteger(parseQuantity(amount) ?? 0)) {
    errors.push(invalid(path, amount, 'must be an integer'));
  }
}
