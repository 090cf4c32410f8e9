/** What label keys and values may look like (apimachinery validation: qualified names and label values). */
import { maxLengthText, subdomainPattern, subdomainText } from './names.ts';

/** API: a label value, and the name part of a key, have at most this many bytes. */
const nameLimit = 63;
const subdomainLimit = 253;

const namePattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const nameRule = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const nameText = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePattern}')`;
const valueText = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${namePattern})?')`;

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  const errors: string[] = [];
  if (Buffer.byteLength(prefix) > subdomainLimit) errors.push(`prefix part ${maxLengthText(subdomainLimit)}`);
  if (!subdomainPattern.test(prefix)) errors.push(`prefix part ${subdomainText}`);
  return errors;
}

/** What is wrong with a label key (a qualified name); empty when fine. */
export function labelKeyErrors(key: string): string[] {
  // most have no prefix; what fits the rule is of single bytes
  if (key.length <= nameLimit && nameRule.test(key)) return [];
  const parts = key.split('/');
  if (parts.length > 2) {
    return [`a qualified name ${nameText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const errors = parts.length === 2 ? prefixErrors(parts[0] ?? '') : [];
  if (name === '') errors.push('name part must be non-empty');
  else if (Buffer.byteLength(name) > nameLimit) errors.push(`name part ${maxLengthText(nameLimit)}`);
  if (!nameRule.test(name)) errors.push(`name part ${nameText}`);
  return errors;
}

/** What is wrong with a label value; empty when fine. */
export function labelValueErrors(value: string): string[] {
  if (value.length <= nameLimit && nameRule.test(value)) return [];
  const errors: string[] = [];
  if (Buffer.byteLength(value) > nameLimit) errors.push(maxLengthText(nameLimit));
  if (value !== '' && !nameRule.test(value)) errors.push(valueText);
  return errors;
}
