/** What is wrong with how much of a device's capacity may be asked for. */
import type { CapacityRequestPolicy, DeviceCapacity } from '../../api/device.ts';
import { compareQuantities } from '../../api/exact-quantity.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { quantityMilliValue } from '../../api/quantity.ts';
import { validateSet } from './names.ts';

const mostValues = 10;

type Range = NonNullable<CapacityRequestPolicy['validRange']>;

function validateValues(
  values: readonly string[],
  standard: string,
  most: string,
  path: string,
  errors: FieldError[],
): void {
  values.forEach((value, index) => {
    if (index === 0 || compareQuantities(values[index - 1] ?? '0', value) <= 0) return;
    errors.push(invalid(`${path}[${index}]`, value, 'values must be sorted in ascending order'));
  });
  const check = (value: string, at: string): void => {
    if (compareQuantities(value, most) <= 0) return;
    errors.push(invalid(at, value, `option is larger than capacity value: ${most}`));
  };
  validateSet(values, mostValues, check, String, path, errors);
  if (values.some((value) => compareQuantities(value, standard) === 0)) return;
  errors.push(invalid(path, standard, 'default value is not valid according to the requestPolicy'));
}

/** API: every step from the least on is allowed, and nothing between. */
function validateStep(range: Range, standard: string, most: string, path: string, errors: FieldError[]): void {
  const { min = '0', max, step } = range;
  if (step === undefined) return;
  const width = quantityMilliValue(step);
  const least = quantityMilliValue(min);
  if (width <= 0) {
    errors.push(invalid(`${path}.step`, step, 'must be greater than zero'));
    return;
  }
  if (least + width > quantityMilliValue(most)) {
    const why = `one step ${(least + width) / 1000} is larger than capacity value: ${most}`;
    errors.push(invalid(`${path}.step`, step, why));
  }
  for (const value of max === undefined ? [standard] : [standard, max]) {
    if ((quantityMilliValue(value) - least) % width === 0) continue;
    errors.push(invalid(`${path}.step`, value, `value is not a multiple of a given step (${step}) from (${min})`));
  }
}

function validateRange(range: Range, standard: string, most: string, path: string, errors: FieldError[]): void {
  const { min, max } = range;
  if (min === undefined) {
    errors.push(required(`${path}.min`, 'required when validRange is defined'));
    return;
  }
  const above = (low: string, high: string): boolean => compareQuantities(low, high) > 0;
  const check = (wrong: boolean, field: string, value: string, why: string): void => {
    if (wrong) errors.push(invalid(`${path}.${field}`, value, why));
  };
  check(above(min, most), 'min', min, `min is larger than capacity value: ${most}`);
  check(above(min, standard), 'default', standard, `default is less than min: ${min}`);
  if (max !== undefined) {
    check(above(min, max), 'max', min, `min is larger than max: ${max}`);
    check(above(max, most), 'max', max, `max is larger than capacity value: ${most}`);
    check(above(standard, max), 'default', standard, `default is more than max: ${max}`);
  }
  validateStep(range, standard, most, path, errors);
}

/** A capacity at `path`. `shared`: several claims may have parts of the device. */
export function validateCapacity(capacity: DeviceCapacity, shared: boolean, path: string, errors: FieldError[]): void {
  const { requestPolicy: policy, value: most = '0' } = capacity;
  if (policy === undefined) return;
  const at = `${path}.requestPolicy`;
  const { validValues = [], validRange, default: standard } = policy;
  if (!shared) errors.push(forbiddenField(at, 'allowMultipleAllocations must be true'));
  else if (validValues.length > 0 && validRange !== undefined) {
    const why = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    errors.push(forbiddenField(at, why));
  } else if (validValues.length > 0) {
    if (standard === undefined) errors.push(required(`${at}.default`, 'required when validValues is defined'));
    else validateValues(validValues, standard, most, `${at}.validValues`, errors);
  } else if (validRange !== undefined) {
    if (standard === undefined) errors.push(required(`${at}.default`, 'required when validRange is defined'));
    else validateRange(validRange, standard, most, `${at}.validRange`, errors);
  }
}
