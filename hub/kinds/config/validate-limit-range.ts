/** What is wrong with a LimitRange: bounds that cannot all hold. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type { LimitRange, LimitRangeItem } from '../../api/quota.ts';
import { isPromisedOnce, limitResourceName } from '../resource-names.ts';

const types = ['Pod', 'Container', 'PersistentVolumeClaim'];

function above(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && (parseQuantity(a) ?? 0) > (parseQuantity(b) ?? 0);
}

function validateOrder(item: LimitRangeItem, name: string, path: string, errors: FieldError[]): void {
  const min = item.min?.[name];
  const max = item.max?.[name];
  const request = item.defaultRequest?.[name];
  const limit = item.default?.[name];
  const rules: [string, string | undefined, string | undefined, string, string, string | undefined][] = [
    ['min', min, max, 'min value', 'max value', min],
    ['defaultRequest', min, request, 'min value', 'default request value', request],
    ['defaultRequest', request, max, 'default request value', 'max value', request],
    ['defaultRequest', request, limit, 'default request value', 'default limit value', request],
    ['default', min, limit, 'min value', 'default value', min],
    ['default', limit, max, 'default value', 'max value', max],
  ];
  for (const [field, low, high, lowName, highName, shown] of rules) {
    if (!above(low, high)) continue;
    errors.push(invalid(`${path}.${field}[${name}]`, shown, `${lowName} ${low} is greater than ${highName} ${high}`));
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && (parseQuantity(ratio) ?? 0) < 1) {
    errors.push(invalid(`${path}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`));
  }
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = (parseQuantity(max) ?? 0) / (parseQuantity(min) ?? 0);
    if ((parseQuantity(ratio) ?? 0) > most) {
      const why = `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`;
      errors.push(invalid(`${path}.maxLimitRequestRatio[${name}]`, ratio, why));
    }
  }
  if (isPromisedOnce(name) && (above(limit, request) || above(request, limit))) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(invalid(`${path}.defaultRequest[${name}]`, request, why));
  }
}

function validateItem(item: LimitRangeItem, path: string, errors: FieldError[]): void {
  const fields = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
  const names = new Set<string>();
  for (const field of fields) {
    const forPod = item.type === 'Pod' && (field === 'default' || field === 'defaultRequest');
    if (forPod && Object.keys(item[field] ?? {}).length > 0) {
      errors.push(forbiddenField(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const name in item[field]) {
      limitResourceName(item.type, name, `${path}.${field}[${name}]`, errors);
      names.add(name);
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
    const why = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${path}.limits`, why));
  }
  for (const name of names) validateOrder(item, name, path, errors);
}

/** What is wrong with a LimitRange. */
export function validateLimitRange(range: LimitRange): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  range.spec?.limits?.forEach((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = item.type ?? '';
    const before = errors.length;
    for (const problem of labelKeyErrors(type)) errors.push(invalid(`${path}.type`, type, problem));
    if (errors.length === before && !type.includes('/') && !types.includes(type)) {
      errors.push(invalid(`${path}.type`, type, 'must be a standard limit type or fully qualified'));
    }
    if (seen.has(type)) errors.push(duplicate(`${path}.type`, type));
    seen.add(type);
    validateItem(item, path, errors);
  });
  return errors;
}
