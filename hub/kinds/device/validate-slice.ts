/** What is wrong with a slice of a pool of devices, and what may change in one. */
import type { CounterSet, ResourceSlice, ResourceSliceSpec } from '../../api/device.ts';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { immutable, named } from '../field-checks.ts';
import { validateNodeSelector } from '../node-selector.ts';
import { driverName } from '../storage/validate-csi.ts';
import { poolName, shortName, validateSet } from './names.ts';
import { validateCounters, validateDevice } from './validate-device.ts';

const mostDevices = 128;
/** API: taints, counters and lists make devices big, so there may be fewer of them. */
const mostBigDevices = 64;
const mostCounterSets = 8;
const places = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';
const emptySpec: ResourceSliceSpec = { driver: '', pool: { name: '', generation: 0, resourceSliceCount: 0 } };

function validatePool({ name = '', generation = 0, resourceSliceCount = 0 }: ResourceSliceSpec['pool']): FieldError[] {
  const errors: FieldError[] = [];
  poolName(name, 'spec.pool.name', errors);
  if (resourceSliceCount <= 0) {
    errors.push(invalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero'));
  }
  if (generation < 0) {
    errors.push(invalid('spec.pool.generation', generation, 'must be greater than or equal to zero'));
  }
  return errors;
}

function validateSelector(selector: ResourceSliceSpec['nodeSelector'], errors: FieldError[]): void {
  if (selector === undefined) return;
  validateNodeSelector(selector, 'spec.nodeSelector', errors);
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 1) return;
  errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', terms, 'must have exactly one node selector term'));
}

/** API: a slice says in one way on which nodes its devices are. */
function validatePlaces(spec: ResourceSliceSpec, errors: FieldError[]): void {
  const given: string[] = [];
  const { nodeName, nodeSelector } = spec;
  if (nodeName) {
    given.push('`nodeName`');
    named(isDns1123Subdomain, nodeName, 'spec.nodeName', errors);
  } else if (nodeName === '') {
    errors.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'));
  }
  if (nodeSelector !== undefined) given.push('`nodeSelector`');
  validateSelector(nodeSelector, errors);
  for (const field of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[field] === true) given.push(`\`${field}\``);
    else if (spec[field] === false) {
      errors.push(invalid(`spec.${field}`, false, 'must be either unset or set to true'));
    }
  }
  const why = `exactly one of ${places} is required`;
  if (given.length === 0) errors.push(required('spec', why));
  if (given.length > 1) {
    errors.push(invalid('spec', `{${given.join(', ')}}`, `${why}, but multiple fields are set`));
  }
}

function validateCounterSet(set: CounterSet, path: string, errors: FieldError[]): void {
  if (!set.name) errors.push(required(`${path}.name`));
  else shortName(set.name, `${path}.name`, errors);
  validateCounters(set.counters, `${path}.counters`, errors);
}

function limitOf({ devices = [] }: ResourceSliceSpec): number {
  const big = devices.some(
    ({ taints = [], consumesCounters = [], attributes = {} }) =>
      taints.length > 0 ||
      consumesCounters.length > 0 ||
      Object.values(attributes).some((one) => (one.bools ?? one.ints ?? one.strings ?? one.versions) !== undefined),
  );
  return big ? mostBigDevices : mostDevices;
}

/** What is wrong with a new slice, or with one that follows `old`. */
export function validateSlice(slice: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const errors: FieldError[] = [];
  const spec = slice.spec ?? emptySpec;
  const before = old?.spec;
  driverName(spec.driver, 'spec.driver', errors);
  errors.push(...validatePool(spec.pool ?? emptySpec.pool));
  if (before !== undefined) {
    immutable(spec.pool?.name, before.pool?.name, 'spec.pool.name', errors);
    immutable(spec.driver, before.driver, 'spec.driver', errors);
    immutable(spec.nodeName, before.nodeName, 'spec.nodeName', errors);
  }
  validatePlaces(spec, errors);
  if (spec.sharedCounters !== undefined && spec.devices !== undefined) {
    errors.push(invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  const known = new Map((before?.devices ?? []).map((device) => [device.name, device]));
  validateSet(
    spec.devices,
    limitOf(spec),
    (one, at) => validateDevice(one, known.get(one.name), spec.perDeviceNodeSelection === true, at, errors),
    (one) => one.name,
    'spec.devices',
    errors,
  );
  const sets = 'spec.sharedCounters';
  validateSet(spec.sharedCounters, mostCounterSets, validateCounterSet, (one) => one.name, sets, errors);
  return errors;
}
