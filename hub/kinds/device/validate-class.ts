/** What is wrong with classes of devices, templates of claims, and rules that taint devices. */
import type { DeviceClass, DeviceTaintRule, ResourceClaimTemplate } from '../../api/device.ts';
import { type FieldError, invalid, tooMany } from '../../api/field-error.ts';
import { validateConditions } from '../conditions.ts';
import { validateTemplateMetadata } from '../nested-metadata.ts';
import { isExtended } from '../resource-names.ts';
import { driverName } from '../storage/validate-csi.ts';
import { poolName, shortName, validateItems } from './names.ts';
import { mostRequests, validateDeviceClaim } from './validate-claim.ts';
import { validateConfiguration, validateSelectors } from './validate-selector.ts';
import { validateTaint } from './validate-taint.ts';

const mostConditions = 8;

/** What is wrong with a class. */
export function validateDeviceClass({ spec = {} }: DeviceClass): FieldError[] {
  const errors: FieldError[] = [];
  validateSelectors(spec.selectors, 'spec.selectors', errors);
  validateItems(spec.config, mostRequests, validateConfiguration, 'spec.config', errors);
  const name = spec.extendedResourceName;
  if (name !== undefined && !isExtended(name)) {
    errors.push(invalid('spec.extendedResourceName', name, 'must be a valid extended resource name'));
  }
  return errors;
}

/** What is wrong with a template of claims. */
export function validateTemplate({ spec = {} }: ResourceClaimTemplate): FieldError[] {
  const errors: FieldError[] = [];
  validateTemplateMetadata(spec.metadata, 'spec.metadata', errors);
  validateDeviceClaim(spec.spec ?? {}, 'spec.spec', errors);
  return errors;
}

/** What is wrong with a rule that taints devices, or with one that follows `old`. */
export function validateTaintRule({ spec = {} }: DeviceTaintRule, old?: DeviceTaintRule): FieldError[] {
  const errors: FieldError[] = [];
  const { driver, pool, device } = spec.deviceSelector ?? {};
  const path = 'spec.deviceSelector';
  if (driver !== undefined) driverName(driver, `${path}.driver`, errors);
  if (pool !== undefined) poolName(pool, `${path}.pool`, errors);
  if (device !== undefined) shortName(device, `${path}.device`, errors);
  validateTaint(spec.taint ?? { key: '', effect: '' }, old?.spec?.taint, 'spec.taint', errors);
  return errors;
}

/** What is wrong with the status of such a rule. */
export function validateTaintRuleStatus({ status = {} }: DeviceTaintRule): FieldError[] {
  const errors: FieldError[] = [];
  validateConditions(status.conditions, 'status.conditions', errors);
  const count = status.conditions?.length ?? 0;
  if (count > mostConditions) errors.push(tooMany('status.conditions', count, mostConditions));
  return errors;
}
