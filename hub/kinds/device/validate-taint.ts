/** What is wrong with taints of devices and with what tolerates them, and with conditions of binding. */
import { duplicate, type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import type { DeviceTaint, DeviceToleration } from '../../api/device.ts';
import { labelKeyErrors, labelValueErrors } from '../../api/label.ts';
import { named, oneOf, requiredOneOf } from '../field-checks.ts';
import { validateItems } from './names.ts';

const effects = ['NoExecute', 'NoSchedule', 'None'];
const mostConditions = 4;

/** A taint; `old` is the one it replaces, whose effect may stay. */
export function validateTaint(
  taint: DeviceTaint,
  old: DeviceTaint | undefined,
  path: string,
  errors: FieldError[],
): void {
  named(labelKeyErrors, taint.key ?? '', `${path}.key`, errors);
  if (taint.value) named(labelValueErrors, taint.value, `${path}.value`, errors);
  if (old === undefined || old.effect !== taint.effect) requiredOneOf(taint.effect, effects, `${path}.effect`, errors);
}

/** A toleration. */
export function validateToleration(toleration: DeviceToleration, path: string, errors: FieldError[]): void {
  const { key, operator = '', value = '', effect } = toleration;
  if (key) named(labelKeyErrors, key, `${path}.key`, errors);
  if (operator === 'Exists') {
    if (value !== '') errors.push(invalid(`${path}.value`, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') named(labelValueErrors, value, `${path}.value`, errors);
  else if (operator === '') errors.push(required(`${path}.operator`));
  else errors.push(notSupported(`${path}.operator`, operator, ['Equal', 'Exists']));
  if (effect) oneOf(effect, effects, `${path}.effect`, errors);
}

/** What must be true, and what must not, before a Pod is bound. API: neither goes without the other. */
export function validateBinding(
  holder: { bindingConditions?: string[]; bindingFailureConditions?: string[] },
  path: string,
  errors: FieldError[],
): void {
  const { bindingConditions: good = [], bindingFailureConditions: bad = [] } = holder;
  const goodPath = `${path}.bindingConditions`;
  const badPath = `${path}.bindingFailureConditions`;
  const check = (name: string, at: string): void => named(labelKeyErrors, name, at, errors);
  validateItems(good, mostConditions, check, goodPath, errors);
  validateItems(bad, mostConditions, check, badPath, errors);
  good.forEach((one, index) => {
    if (good.indexOf(one) !== index) errors.push(duplicate(`${goodPath}[${index}]`, one));
  });
  bad.forEach((one, index) => {
    if (bad.indexOf(one) !== index) errors.push(duplicate(`${badPath}[${index}]`, one));
    if (!good.includes(one)) return;
    const why = 'bindingFailureConditions must not overlap with bindingConditions';
    errors.push(invalid(`${badPath}[${index}]`, one, why));
  });
  if (good.length === 0 && bad.length > 0) {
    errors.push(invalid(goodPath, good, 'bindingConditions are required to use bindingFailureConditions'));
  }
  if (bad.length === 0 && good.length > 0) {
    errors.push(invalid(badPath, bad, 'bindingFailureConditions are required to use bindingConditions'));
  }
}
