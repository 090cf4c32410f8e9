/** Checks of strings and numbers. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { Regexp, RegexpFault } from '../../cel/regexp/regexp.ts';
import type { Check } from './findings.ts';
import { formatCheck } from './formats.ts';

function regexpOf(pattern: string): Regexp | undefined {
  try {
    return new Regexp(pattern);
  } catch (error) {
    if (error instanceof RegexpFault) return undefined;
    throw error;
  }
}

/** Characters, as Go counts them. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Length, pattern and format of strings; undefined when nothing is said of them. */
export function stringCheck(schema: JsonSchema): Check | undefined {
  const { maxLength, minLength, pattern, format } = schema;
  const regexp = pattern ? regexpOf(pattern) : undefined;
  const isForm = format ? formatCheck(format) : undefined;
  if (maxLength === undefined && minLength === undefined && regexp === undefined && isForm === undefined) {
    return undefined;
  }
  return (value, _old, path, found) => {
    if (typeof value !== 'string') return;
    if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) {
      found.tooLong(path, maxLength);
    } else if (minLength !== undefined && characters(value) < minLength) {
      found.broken(path, value, `should be at least ${minLength} chars long`);
    } else if (regexp !== undefined && !regexp.test(value)) {
      found.broken(path, value, `should match '${pattern}'`);
    }
    if (isForm !== undefined && !isForm(value)) found.wrongType(path, format ?? '', value);
  };
}

/** True when the quotient is whole, as far as decimal fractions can be told in binary ones. */
function isMultiple(value: number, of: number): boolean {
  if (of < 1) {
    const inverse = 1 / of;
    return Number.isInteger(inverse * value) || Math.abs(Math.round(inverse * value) - inverse * value) < 1e-9;
  }
  return Number.isInteger(value / of);
}

/** What a number must be and is not; undefined when it is. */
function brokenBound(value: number, schema: JsonSchema): string | undefined {
  const { maximum = Infinity, minimum = -Infinity, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) return `should be a multiple of ${multipleOf}`;
  if (exclusiveMaximum === true && value >= maximum) return `should be less than ${maximum}`;
  if (value > maximum) return `should be less than or equal to ${maximum}`;
  if (exclusiveMinimum === true && value <= minimum) return `should be greater than ${minimum}`;
  return value < minimum ? `should be greater than or equal to ${minimum}` : undefined;
}

/** Bounds and multiples of numbers; undefined when nothing is said of them. */
export function numberCheck(schema: JsonSchema): Check | undefined {
  const { maximum, minimum, multipleOf } = schema;
  if (maximum === undefined && minimum === undefined && multipleOf === undefined) return undefined;
  return (value, _old, path, found) => {
    const rule = typeof value === 'number' ? brokenBound(value, schema) : undefined;
    if (rule !== undefined) found.broken(path, value, rule);
  };
}
