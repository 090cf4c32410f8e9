/** One requirement of a label selector: checked when it is made, printed in canonical form, asked by every match. */
import { badRequest } from './errors.ts';
import { labelKeyErrors, labelValueErrors } from './label.ts';

/** The operators of label selectors (apimachinery selection.Operator). */
export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

/** One checked requirement. */
export interface Requirement {
  readonly key: string;
  readonly text: string;
  holds(labels: Readonly<Record<string, string>>): boolean;
}

const integer = /^[+-]?\d+$/;
const own = Object.hasOwn;

function check(key: string, operator: LabelOperator, values: readonly string[]): string[] {
  const errors: string[] = [];
  const keyErrors = labelKeyErrors(key);
  const shown = (): string => `[${values.map((one) => JSON.stringify(one)).join(',')}]`;
  if (keyErrors.length > 0) errors.push(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyErrors.join('; ')}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    errors.push(`values: Invalid value: ${shown()}: for 'in', 'notin' operators, values set can't be empty`);
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    errors.push(`values: Invalid value: ${shown()}: values set must be empty for exists and does not exist`);
  }
  values.forEach((value, at) => {
    if ((operator === 'gt' || operator === 'lt') && !integer.test(value)) {
      errors.push(
        `values[${at}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const wrong = labelValueErrors(value);
    if (wrong.length > 0)
      errors.push(`values[${at}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`);
  });
  return errors;
}

function printed(key: string, operator: LabelOperator, values: readonly string[]): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

type Holds = Requirement['holds'];

function compared(key: string, limit: string, wanted: (difference: bigint) => boolean): Holds {
  const bound = BigInt(limit.replace(/^\+/, ''));
  return (labels) => {
    const value = own(labels, key) ? labels[key] : undefined;
    return value !== undefined && integer.test(value) && wanted(BigInt(value.replace(/^\+/, '')) - bound);
  };
}

function decider(key: string, operator: LabelOperator, values: readonly string[]): Holds {
  const only = values[0] ?? '';
  const set = values.length > 1 ? new Set(values) : undefined;
  switch (operator) {
    case 'exists':
      return (labels) => own(labels, key);
    case '!':
      return (labels) => !own(labels, key);
    case 'gt':
      return compared(key, only, (difference) => difference > 0n);
    case 'lt':
      return compared(key, only, (difference) => difference < 0n);
    case 'notin':
    case '!=':
      // API: a missing label satisfies both.
      if (set !== undefined) return (labels) => !own(labels, key) || !set.has(labels[key] ?? '');
      return (labels) => !own(labels, key) || labels[key] !== only;
    default:
      if (set !== undefined) return (labels) => own(labels, key) && set.has(labels[key] ?? '');
      return (labels) => own(labels, key) && labels[key] === only;
  }
}

/** A checked requirement; throws BadRequest with Kubernetes' text. Values are a set. `context` stands before the text. */
export function requirement(
  key: string,
  operator: LabelOperator,
  values: readonly string[],
  context = '',
): Requirement {
  const sorted = [...new Set(values)].sort();
  const errors = check(key, operator, sorted);
  if (errors.length > 0) throw badRequest(context + (errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`));
  return { key, text: printed(key, operator, sorted), holds: decider(key, operator, sorted) };
}
