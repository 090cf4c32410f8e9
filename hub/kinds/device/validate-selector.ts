/** What is wrong with selectors of devices and with parameters for drivers. */
import type { DeviceConfiguration, DeviceSelector } from '../../api/device.ts';
import { type FieldError, invalid, required, tooLong } from '../../api/field-error.ts';
import { driverName } from '../storage/validate-csi.ts';
import { selectorFault } from './lazy-selectors.ts';
import { validateItems } from './names.ts';

const mostSelectors = 32;
const longestExpression = 10 * 1024;
const longestParameters = 10 * 1024;

function validateSelector({ cel }: DeviceSelector, path: string, errors: FieldError[]): void {
  if (cel === undefined) {
    errors.push(required(`${path}.cel`));
    return;
  }
  const field = `${path}.cel.expression`;
  const text = cel.expression ?? '';
  if (text.length > longestExpression) {
    errors.push(tooLong(field, longestExpression));
    return;
  }
  const fault = selectorFault(text);
  if (fault !== undefined) errors.push(invalid(field, text, fault));
}

/** Selectors at `path`. */
export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
  errors: FieldError[],
): void {
  validateItems(selectors, mostSelectors, validateSelector, path, errors);
}

/** A JSON object at `path`, at most `limit` bytes of it. */
export function validateRaw(value: unknown, limit: number, path: string, errors: FieldError[]): void {
  if (value === undefined || value === null) errors.push(required(path));
  else if (Buffer.byteLength(JSON.stringify(value)) > limit) errors.push(tooLong(path, limit));
  else if (typeof value !== 'object' || Array.isArray(value)) {
    errors.push(invalid(path, '<value omitted>', 'must be a valid JSON object'));
  }
}

/** Parameters for a driver at `path`. */
export function validateConfiguration({ opaque }: DeviceConfiguration, path: string, errors: FieldError[]): void {
  if (opaque === undefined) {
    errors.push(required(`${path}.opaque`));
    return;
  }
  driverName(opaque.driver, `${path}.opaque.driver`, errors);
  validateRaw(opaque.parameters, longestParameters, `${path}.opaque.parameters`, errors);
}
