/** What is wrong with the status of a claim of devices: what it was given, who uses it, what drivers tell of it. */
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  ConsumerReference,
  DeviceRequestAllocationResult,
  ResourceClaim,
} from '../../api/device.ts';
import { type FieldError, forbiddenField, invalid, required, tooLong, tooMany } from '../../api/field-error.ts';
import { immutable, requiredOneOf } from '../field-checks.ts';
import { isCidr } from '../ip-checks.ts';
import { validateNodeSelector } from '../node-selector.ts';
import { driverName } from '../storage/validate-csi.ts';
import { poolName, shareId, shortName, validateItems, validateSet } from './names.ts';
import { mostRequests, requestNames, validateRef, validateRefs } from './validate-claim.ts';
import { validateConditions } from '../conditions.ts';
import { validateConfiguration, validateRaw } from './validate-selector.ts';
import { validateBinding, validateToleration } from './validate-taint.ts';

const mostConsumers = 256;
const mostResults = 32;
const mostConditions = 8;
const longestData = 10 * 1024;
const mostAddresses = 16;
const longestInterface = 256;
const longestHardware = 128;

interface Place {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

/** One device, or the share of one, as errors show it. */
function deviceId({ driver, pool, device, shareID }: Place): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');
}

function validateConsumer(one: ConsumerReference, path: string, errors: FieldError[]): void {
  for (const field of ['resource', 'name', 'uid'] as const) {
    if (!one[field]) errors.push(required(`${path}.${field}`));
  }
}

function validateDevice(one: Place, path: string, errors: FieldError[]): void {
  driverName(one.driver, `${path}.driver`, errors);
  poolName(one.pool ?? '', `${path}.pool`, errors);
  shortName(one.device ?? '', `${path}.device`, errors);
}

function validateAddress(address: string, path: string, errors: FieldError[]): void {
  if (isCidr(address)) return;
  errors.push(invalid(path, address, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'));
}

function validateReport(
  one: AllocatedDeviceStatus,
  given: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  validateDevice(one, path, errors);
  if (one.shareID !== undefined) shareId(one.shareID, `${path}.shareID`, errors);
  if (!given.has(deviceId(one))) errors.push(invalid(path, deviceId(one), 'must be an allocated device in the claim'));
  const count = one.conditions?.length ?? 0;
  if (count > mostConditions) errors.push(tooMany(`${path}.conditions`, count, mostConditions));
  validateConditions(one.conditions, `${path}.conditions`, errors);
  if (one.data !== undefined) validateRaw(one.data, longestData, `${path}.data`, errors);
  const { interfaceName = '', hardwareAddress = '', ips } = one.networkData ?? {};
  const at = `${path}.networkData`;
  if (interfaceName.length > longestInterface) errors.push(tooLong(`${at}.interfaceName`, longestInterface));
  if (hardwareAddress.length > longestHardware) errors.push(tooLong(`${at}.hardwareAddress`, longestHardware));
  validateSet(ips, mostAddresses, validateAddress, String, `${at}.ips`, errors);
}

function validateResult(
  one: DeviceRequestAllocationResult,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  validateRef(one.request ?? '', names, `${path}.request`, errors);
  validateDevice(one, path, errors);
  validateBinding(one, path, errors);
  one.tolerations?.forEach((toleration, index) => {
    validateToleration(toleration, `${path}.tolerations[${index}]`, errors);
  });
  if (one.shareID !== undefined) shareId(one.shareID, `${path}.shareID`, errors);
}

function validateAllocation(
  allocation: AllocationResult,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const { results, config } = allocation.devices ?? {};
  const check = (one: DeviceRequestAllocationResult, at: string): void => validateResult(one, names, at, errors);
  validateItems(results, mostResults, check, `${path}.devices.results`, errors);
  validateItems(
    config,
    2 * mostRequests,
    (one, at) => {
      requiredOneOf(one.source, ['FromClaim', 'FromClass'], `${at}.source`, errors);
      validateRefs(one.requests, names, `${at}.requests`, errors);
      validateConfiguration(one, at, errors);
    },
    `${path}.devices.config`,
    errors,
  );
  if (allocation.nodeSelector !== undefined) {
    validateNodeSelector(allocation.nodeSelector, `${path}.nodeSelector`, errors);
  }
}

function validateReserved(claim: ResourceClaim, old: ResourceClaim, errors: FieldError[]): void {
  const { allocation, reservedFor = [] } = claim.status ?? {};
  if (reservedFor.length === 0) return;
  if (allocation === undefined) {
    errors.push(forbiddenField('status.reservedFor', 'may not be specified when `allocated` is not set'));
  } else if (claim.metadata.deletionTimestamp !== undefined) {
    const before = new Set((old.status?.reservedFor ?? []).map((one) => JSON.stringify(one)));
    if (reservedFor.every((one) => before.has(JSON.stringify(one)))) return;
    const why = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    errors.push(forbiddenField('status.reservedFor', why));
  }
}

/** What is wrong with a changed status. API: an allocation comes and goes as a whole. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const errors: FieldError[] = [];
  const { allocation, devices, reservedFor } = claim.status ?? {};
  validateSet(reservedFor, mostConsumers, validateConsumer, (one) => one.uid, 'status.reservedFor', errors);
  const given = new Set((allocation?.devices?.results ?? []).map(deviceId));
  const report = (one: AllocatedDeviceStatus, at: string): void => validateReport(one, given, at, errors);
  validateSet(devices, Number.POSITIVE_INFINITY, report, deviceId, 'status.devices', errors);
  validateReserved(claim, old, errors);
  const before = old.status?.allocation;
  if (allocation !== undefined && before !== undefined) {
    immutable(allocation, before, 'status.allocation', errors);
  } else if (allocation !== undefined) {
    validateAllocation(allocation, requestNames(claim.spec?.devices), 'status.allocation', errors);
  }
  return errors;
}
