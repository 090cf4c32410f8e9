/** What is wrong with the restart policy of one container, and the rules that go before it. */
import type { Container } from '../../api/container.ts';
import { type FieldError, required, tooMany } from '../../api/field-error.ts';
import { oneOf, requiredOneOf } from '../field-checks.ts';

const mostRules = 20;
const mostValues = 255;

interface Rule {
  readonly action?: string;
  readonly exitCodes?: { readonly operator?: string; readonly values?: readonly number[] };
}

/** The policy and rules of a container at `path`. */
export function validateRestart(
  { restartPolicy, restartPolicyRules = [] }: Container,
  path: string,
  errors: FieldError[],
): void {
  if (restartPolicy !== undefined) {
    oneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`, errors);
  } else if (restartPolicyRules.length > 0) {
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  }
  const at = `${path}.restartPolicyRules`;
  if (restartPolicyRules.length > mostRules) errors.push(tooMany(at, restartPolicyRules.length, mostRules));
  (restartPolicyRules as readonly Rule[]).forEach(({ action, exitCodes }, index) => {
    requiredOneOf(action, ['Restart', 'RestartAllContainers'], `${at}[${index}].action`, errors);
    if (exitCodes === undefined) {
      errors.push(required(`${at}[${index}].exitCodes`, 'must be specified'));
      return;
    }
    requiredOneOf(exitCodes.operator, ['In', 'NotIn'], `${at}[${index}].exitCodes.operator`, errors);
    const count = exitCodes.values?.length ?? 0;
    if (count > mostValues) errors.push(tooMany(`${at}[${index}].exitCodes.values`, count, mostValues));
  });
}
