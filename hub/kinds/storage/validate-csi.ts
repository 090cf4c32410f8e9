/** What is wrong with a CSIDriver, a CSINode or a CSIStorageCapacity. */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity } from '../../api/storage.ts';
import { immutable, named, nonNegative, oneOf, quantityNonNegative, sameValue } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';

const driverNameLimit = 63;
const nodeIdLimit = 256;
/** API: seconds between two looks at how much a driver can take. */
const shortestPeriod = 10;

/** The name of a driver: a short subdomain. */
export function driverName(name: string | undefined, path: string, errors: FieldError[]): void {
  if (!name) errors.push(required(path));
  else if (name.length > driverNameLimit) errors.push(tooLong(path, driverNameLimit));
  named(isDns1123Subdomain, (name ?? '').toLowerCase(), path, errors);
}

/** What is wrong with a new CSIDriver. */
export function validateDriver(driver: CSIDriver): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = driver;
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.push(required('spec.podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.push(required('spec.storageCapacity'));
  if (spec.fsGroupPolicy !== undefined) {
    oneOf(spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'], 'spec.fsGroupPolicy', errors);
  }
  const audiences = new Set<string>();
  spec.tokenRequests?.forEach((request, index) => {
    const path = `spec.tokenRequests[${index}]`;
    if (audiences.has(request.audience)) {
      errors.push(duplicate(`${path}.audience`, request.audience));
      return;
    }
    audiences.add(request.audience);
    const seconds = request.expirationSeconds;
    if (seconds !== undefined && seconds < 600) {
      errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    }
    if (seconds !== undefined && seconds > 2 ** 32) {
      const why = 'may not specify a duration larger than 2^32 seconds';
      errors.push(invalid(`${path}.expirationSeconds`, seconds, why));
    }
  });
  spec.volumeLifecycleModes?.forEach((mode) => {
    const modes = ['Persistent', 'Ephemeral'];
    if (!modes.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, modes));
  });
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < shortestPeriod) {
    const why = `must be greater than or equal to ${shortestPeriod} seconds`;
    errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, why));
  }
  if (spec.serviceAccountTokenInSecrets !== undefined && !spec.tokenRequests?.length) {
    const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalid('spec.serviceAccountTokenInSecrets', spec.serviceAccountTokenInSecrets, why));
  }
  return errors;
}

/** What is wrong with a changed CSIDriver. */
export function validateDriverUpdate(driver: CSIDriver, old: CSIDriver): FieldError[] {
  const errors = validateDriver(driver);
  immutable(driver.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired', errors);
  immutable(driver.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes', errors);
  return errors;
}

/** What is wrong with a new CSINode. */
export function validateCsiNode(node: CSINode): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  node.spec?.drivers?.forEach((driver, index) => {
    const path = `spec.drivers[${index}]`;
    driverName(driver.name, `${path}.name`, errors);
    if (!driver.nodeID) errors.push(required(`${path}.nodeID`));
    else if (driver.nodeID.length > nodeIdLimit) {
      errors.push(invalid(`${path}.nodeID`, driver.nodeID, `must be ${nodeIdLimit} characters or less`));
    }
    if (driver.allocatable?.count !== undefined)
      nonNegative(driver.allocatable.count, `${path}.allocatable.count`, errors);
    if (seen.has(driver.name)) errors.push(duplicate(`${path}.name`, driver.name));
    seen.add(driver.name);
    const keys = new Set<string>();
    for (const key of driver.topologyKeys ?? []) {
      if (key === '') errors.push(required(path));
      if (keys.has(key)) errors.push(duplicate(path, key));
      keys.add(key);
      named(labelKeyErrors, key, path, errors);
    }
  });
  return errors;
}

/** What is wrong with a changed CSINode, told twice. API: a driver once listed changes its limits only. */
export function validateCsiNodeUpdate(node: CSINode, old: CSINode): FieldError[] {
  const errors = [...validateCsiNode(node), ...validateCsiNode(node)];
  for (const before of old.spec?.drivers ?? []) {
    const now = node.spec?.drivers?.find((one) => one.name === before.name);
    if (now === undefined || sameValue({ ...now, allocatable: null }, { ...before, allocatable: null })) continue;
    const { allocatable: _, ...fixed } = now;
    errors.push(invalid('spec.drivers', fixed, 'field is immutable'));
  }
  return errors;
}

/** What is wrong with a new CSIStorageCapacity. API: it is looked at twice. */
export function validateNewCapacity(capacity: CSIStorageCapacity): FieldError[] {
  return [...validateCapacity(capacity), ...validateCapacity(capacity)];
}

/** What is wrong with a CSIStorageCapacity. */
function validateCapacity(capacity: CSIStorageCapacity): FieldError[] {
  const errors: FieldError[] = [];
  validateLabelSelector(capacity.nodeTopology, 'nodeTopology', errors);
  named(isDns1123Subdomain, capacity.storageClassName ?? '', 'storageClassName', errors);
  quantityNonNegative(capacity.capacity, 'capacity', errors);
  quantityNonNegative(capacity.maximumVolumeSize, 'maximumVolumeSize', errors);
  return errors;
}

/** What is wrong with a changed CSIStorageCapacity. */
export function validateCapacityUpdate(capacity: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] {
  const errors = validateCapacity(capacity);
  immutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology', errors);
  immutable(capacity.storageClassName, old.storageClassName, 'storageClassName', errors);
  return errors;
}
