/** Conditions in a status: what is wrong with them. */
import type { Condition } from '../api/condition.ts';
import { duplicate, type FieldError, invalid, required, tooLong } from '../api/field-error.ts';
import { labelKeyErrors } from '../api/label.ts';
import { patternText } from '../api/names.ts';
import { named, oneOf } from './field-checks.ts';

const longestReason = 1024;
const longestMessage = 32 * 1024;
const reasonForm = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const reasonText = patternText(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

function validateCondition(condition: Condition, path: string, errors: FieldError[]): void {
  const { type = '', status, observedGeneration = 0, lastTransitionTime, reason, message = '' } = condition;
  named(labelKeyErrors, type, `${path}.type`, errors);
  oneOf(status, ['False', 'True', 'Unknown'], `${path}.status`, errors);
  if (observedGeneration < 0) {
    errors.push(invalid(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
  }
  if (!lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`, 'must be set'));
  if (!reason) errors.push(required(`${path}.reason`, 'must be set'));
  else {
    if (!reasonForm.test(reason)) errors.push(invalid(`${path}.reason`, reason, reasonText));
    if (reason.length > longestReason) errors.push(tooLong(`${path}.reason`, longestReason));
  }
  if (Buffer.byteLength(message) > longestMessage) errors.push(tooLong(`${path}.message`, longestMessage));
}

/** Conditions at `path`, one of each type. */
export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  conditions?.forEach((condition, index) => {
    const at = `${path}[${index}]`;
    if (seen.has(condition.type)) errors.push(duplicate(`${at}.type`, condition.type));
    seen.add(condition.type);
    validateCondition(condition, at, errors);
  });
}
