/** The texts of x-kubernetes-validations: that they are there, and of what form. */
import type { JsonSchema, ValidationRule } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, notSupported, required } from '../../../api/field-error.ts';
import { fieldPathOf } from '../../custom/field-path.ts';
import { PathFault } from '../../custom/json-path.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const empty = 'must be non-empty if specified';
const broken = 'must not contain line breaks';
const lineBreak = /[\n\r]/;

function validateMessage(
  { rule, message, messageExpression }: ValidationRule,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.message`;
  if (!rule?.trim()) errors.push(required(`${path}.rule`, 'rule is not specified'));
  else if (message && message.trim() === '') errors.push(invalid(at, message, empty));
  else if (lineBreak.test(message?.trim() ?? '')) errors.push(invalid(at, message, broken));
  else if (lineBreak.test(rule.trim()) && !message) {
    errors.push(required(at, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(required(`${path}.messageExpression`, `messageExpression ${empty}`));
  }
}

function leadsSomewhere(text: string, schema: JsonSchema): boolean {
  try {
    fieldPathOf(text, schema);
    return true;
  } catch (error) {
    if (error instanceof PathFault) return false;
    throw error;
  }
}

function validateFieldPath(text: string, schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (text.trim() === '') errors.push(invalid(path, text, empty));
  if (lineBreak.test(text)) errors.push(invalid(path, text, broken));
  if (!leadsSomewhere(text, schema)) errors.push(invalid(path, text, 'must be a valid path'));
}

/** What is wrong with the texts of a schema's rules. */
export function validateRuleTexts(schema: JsonSchema, path: string, errors: FieldError[]): void {
  schema['x-kubernetes-validations']?.forEach((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    validateMessage(rule, at, errors);
    if (rule.reason !== undefined && !reasons.includes(rule.reason)) {
      errors.push(notSupported(`${at}.reason`, rule.reason, reasons));
    }
    if (rule.fieldPath) validateFieldPath(rule.fieldPath, schema, `${at}.fieldPath`, errors);
  });
}
