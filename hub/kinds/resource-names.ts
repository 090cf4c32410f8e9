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

/** True for resources that come in whole numbers only. */
const isInteger = (name: string): boolean => counted.has(name) || isExtended(name);

function nameErrors(name: string, path: string, errors: FieldError[]): boolean {
  const before = errors.length;
  for (const problem of labelKeyErrors(name)) errors.push(invalid(path, name, problem));
  if (errors.length > before) return false;
  if (!name.includes('/') && !standard.has(name) && !isHugePages(name)) {
    errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
  }
  return true;
}

/** The name of a resource in requests or limits of a container. */
export function containerResourceName(name: string, path: string, errors: FieldError[]): void {
  if (!nameErrors(name, path, errors)) return;
  if (!name.includes('/') && !ofContainers.has(name) && !isHugePages(name)) {
    errors.push(invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
}

/** The name of a resource in a quota; `count/` counts objects of any kind. */
export function quotaResourceName(name: string, path: string, errors: FieldError[]): void {
  if (!nameErrors(name, path, errors)) return;
  const huge = isHugePages(name) || name.startsWith(`${requestsPrefix}${hugePages}`);
  if (!name.includes('/') && !ofQuotas.has(name) && !huge) {
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
