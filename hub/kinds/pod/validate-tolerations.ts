/** Tolerations: what is wrong with them. */
import { type FieldError, invalid } from '../../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../../api/label.ts';
import type { Toleration } from '../../api/scheduling.ts';
import { named, oneOf } from '../field-checks.ts';
import { taintEffects } from '../node/validate.ts';

const operators = ['Equal', 'Exists'];

function validate(toleration: Toleration, path: string, errors: FieldError[]): void {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  if (key) named(labelKeyErrors, key, `${path}.key`, errors);
  if (!key && operator !== 'Exists') {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${path}.operator`, operator ?? '', why));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(`${path}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (!operator || operator === 'Equal') {
    const problems = labelValueErrors(value ?? '');
    if (problems.length > 0) errors.push(invalid(`${path}.operator`, value ?? '', problems.join(';')));
  } else if (operator === 'Exists') {
    if (value) errors.push(invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  } else oneOf(operator, operators, `${path}.operator`, errors);
  if (effect) oneOf(effect, taintEffects, `${path}.effect`, errors);
}

/** Tolerations at `path`. */
export function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldError[]): void {
  tolerations.forEach((toleration, index) => {
    validate(toleration, `${path}[${index}]`, errors);
  });
}
