/** What is wrong with one device of a slice. */
import type { Device, DeviceAttribute, DeviceCounterConsumption } from '../../api/device.ts';
import { type FieldError, invalid, notFoundField, required, tooLong, tooMany } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { named, sameValue } from '../field-checks.ts';
import { validateNodeSelector } from '../node-selector.ts';
import { qualifiedName, shortName, validateItems, validateSet } from './names.ts';
import { validateCapacity } from './validate-capacity.ts';
import { validateBinding, validateTaint } from './validate-taint.ts';

const mostFacts = 32;
const mostValues = 48;
const longestValue = 64;
const mostTaints = 16;
const mostConsumptions = 2;
const mostCounters = 32;
const version =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

const lists = ['bools', 'ints', 'strings', 'versions'] as const;
const singles = ['bool', 'int', 'string', 'version'] as const;

function validateText(value: string, isVersion: boolean, path: string, errors: FieldError[]): void {
  if (isVersion && !version.test(value)) {
    errors.push(invalid(path, value, 'must be a string compatible with semver.org spec 2.0.0'));
  }
  if (Buffer.byteLength(value) > longestValue) errors.push(tooLong(path, longestValue));
}

function validateAttribute(attribute: DeviceAttribute, path: string, errors: FieldError[]): void {
  for (const field of ['string', 'version'] as const) {
    const value = attribute[field];
    if (value !== undefined) validateText(value, field === 'version', `${path}.${field}`, errors);
  }
  for (const field of lists) {
    const list: readonly unknown[] | undefined = attribute[field];
    if (list === undefined) continue;
    if (list.length === 0) errors.push(invalid(`${path}.${field}`, list, 'must not be empty if specified'));
    if (field !== 'strings' && field !== 'versions') continue;
    list.forEach((value, index) => {
      validateText(String(value), field === 'versions', `${path}.${field}[${index}]`, errors);
    });
  }
  const count = [...singles, ...lists].filter((field) => attribute[field] !== undefined).length;
  if (count !== 1) errors.push(invalid(path, count === 0 ? '' : attribute, 'exactly one value must be specified'));
}

function valueCount(device: Device): number {
  let count = 0;
  for (const attribute of Object.values(device.attributes ?? {})) {
    const listed = lists.reduce((sum, field) => sum + (attribute[field]?.length ?? 0), 0);
    count += listed === 0 ? 1 : listed;
  }
  return count;
}

function validateFacts(device: Device, old: Device | undefined, path: string, errors: FieldError[]): void {
  const { attributes = {}, capacity = {} } = device;
  const facts = Object.keys(attributes).length + Object.keys(capacity).length;
  if (facts > mostFacts) {
    errors.push(invalid(path, facts, `the total number of attributes and capacities must not exceed ${mostFacts}`));
  }
  const values = valueCount(device);
  if (values > mostValues) {
    errors.push(invalid(path, values, `the total number of attribute values must not exceed ${mostValues}`));
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    qualifiedName(name, `${path}.attributes`, errors);
    validateAttribute(attribute, `${path}.attributes[${name}]`, errors);
  }
  // API: what is as it was is not looked at again
  if (old !== undefined && sameValue(old.capacity, device.capacity)) return;
  for (const [name, one] of Object.entries(capacity)) {
    qualifiedName(name, `${path}.capacity`, errors);
    validateCapacity(one, device.allowMultipleAllocations === true, `${path}.capacity[${name}]`, errors);
  }
}

/** Counters by name at `path`, in a set of them or taken from one. */
export function validateCounters(
  counters: Record<string, { value: string }> | undefined,
  path: string,
  errors: FieldError[],
): void {
  const names = Object.keys(counters ?? {});
  if (names.length === 0) errors.push(required(path));
  else if (names.length > mostCounters) errors.push(tooMany(path, names.length, mostCounters));
  else for (const name of names) shortName(name, path, errors);
}

function validateConsumption(one: DeviceCounterConsumption, path: string, errors: FieldError[]): void {
  if (!one.counterSet) errors.push(required(`${path}.counterSet`));
  else shortName(one.counterSet, `${path}.counterSet`, errors);
  validateCounters(one.counters, `${path}.counters`, errors);
}

function validatePlace(device: Device, path: string, errors: FieldError[]): void {
  const { nodeName, nodeSelector, allNodes } = device;
  const given: string[] = [];
  if (nodeName) given.push('`nodeName`');
  if (nodeName) named(isDns1123Subdomain, nodeName, `${path}.nodeName`, errors);
  else if (nodeName === '') errors.push(invalid(`${path}.nodeName`, nodeName, 'must not be empty'));
  if (nodeSelector !== undefined) {
    given.push('`nodeSelector`');
    validateNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
  }
  if (allNodes === true) given.push('`allNodes`');
  else if (allNodes === false) {
    errors.push(invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true'));
  }
  if (given.length === 1) return;
  const why =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  errors.push(given.length === 0 ? required(path, why) : invalid(path, `{${given.join(', ')}}`, why));
}

function validateMappings(device: Device, path: string, errors: FieldError[]): void {
  for (const [name, mapping] of Object.entries(device.nodeAllocatableResourceMappings ?? {})) {
    const at = `${path}.nodeAllocatableResourceMappings[${name}]`;
    const { capacityKey, allocationMultiplier: multiplier } = mapping;
    if (capacityKey === '') {
      errors.push(invalid(`${at}.capacityKey`, '', 'capacityKey must not be an empty string'));
    } else if (capacityKey !== undefined && !Object.hasOwn(device.capacity ?? {}, capacityKey)) {
      errors.push(notFoundField(`${at}.capacityKey`, capacityKey));
    }
    if (multiplier !== undefined && (parseQuantity(multiplier) ?? 0) <= 0) {
      errors.push(invalid(`${at}.allocationMultiplier`, multiplier, 'must be positive'));
    }
  }
}

/** A device at `path`; `old` is the one of its name before, `perDevice`: each says where it is. */
export function validateDevice(
  device: Device,
  old: Device | undefined,
  perDevice: boolean,
  path: string,
  errors: FieldError[],
): void {
  shortName(device.name ?? '', `${path}.name`, errors);
  validateFacts(device, old, path, errors);
  if (old === undefined || !sameValue(old.taints, device.taints)) {
    validateItems(
      device.taints,
      mostTaints,
      (taint, at) => validateTaint(taint, undefined, at, errors),
      `${path}.taints`,
      errors,
    );
  }
  const at = `${path}.consumesCounters`;
  validateSet(device.consumesCounters, mostConsumptions, validateConsumption, (one) => one.counterSet, at, errors);
  if (perDevice) validatePlace(device, path, errors);
  else if ((device.nodeName ?? device.nodeSelector ?? device.allNodes) !== undefined) {
    const why =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    errors.push(invalid(path, null, why));
  }
  validateBinding(device, path, errors);
  validateMappings(device, path, errors);
}
