/** The texts of x-kubernetes-validations: that they are there, and of what form. */
import type { JsonSchema, ValidationRule } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, notSupported, required } from '../../../api/field-error.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

function validateMessage(
  { rule, message, messageExpression }: ValidationRule,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.message`;
  if (message && message.trim() === '') errors.push(invalid(at, message, 'message must be non-empty if specified'));
  else if (message?.trim().includes('\n')) errors.push(invalid(at, message, 'message must not contain line breaks'));
  else if (rule.trim().includes('\n') && !message?.trim()) {
    errors.push(required(at, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && messageExpression.trim() === '') {
    errors.push(required(`${path}.messageExpression`, 'must be non-empty if specified'));
  }
}

function validateFieldPath(text: string, path: string, errors: FieldError[]): void {
  if (text.trim() === '') errors.push(invalid(path, text, 'fieldPath must be non-empty if specified'));
  else if (text.includes('\n')) errors.push(invalid(path, text, 'fieldPath must not contain line breaks'));
}

/** What is wrong with the texts of a schema's rules. */
export function validateRuleTexts(schema: JsonSchema, path: string, errors: FieldError[]): void {
  schema['x-kubernetes-validations']?.forEach((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    if (!rule.rule?.trim()) {
      errors.push(required(`${at}.rule`, 'rule is not specified'));
      return;
    }
    validateMessage(rule, at, errors);
    if (rule.reason && !reasons.includes(rule.reason)) errors.push(notSupported(`${at}.reason`, rule.reason, reasons));
    if (rule.fieldPath !== undefined && rule.fieldPath !== '') {
      validateFieldPath(rule.fieldPath, `${at}.fieldPath`, errors);
    }
  });
}
