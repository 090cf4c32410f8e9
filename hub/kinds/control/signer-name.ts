/** Names of signers of certificates: `example.com/name`. */
import { type FieldError, invalid, required, tooLong } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, type NameRule } from '../../api/names.ts';

const longestPart = 253;

/** The first part that breaks the rule is told, with what is wrong with it. */
function validateParts(text: string, rule: NameRule, path: string, errors: FieldError[]): void {
  for (const part of text.split('.')) {
    const problems = rule(part);
    for (const problem of problems) {
      errors.push(invalid(path, text, `validating label ${JSON.stringify(part)}: ${problem}`));
    }
    if (problems.length > 0) return;
  }
}

/** A name at `path`. */
export function validateSignerName(name: string, path: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(path));
    return;
  }
  const [domain = '', rest, ...more] = name.split('/');
  if (rest === undefined || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalid(path, name, why));
    return;
  }
  if (domain.length > longestPart) errors.push(tooLong(path, longestPart));
  validateParts(domain, isDns1123Label, path, errors);
  if (!domain.includes('.')) {
    errors.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  }
  validateParts(rest, isDns1123Subdomain, path, errors);
  const longest = 2 * longestPart + 1;
  if (name.length > longest) errors.push(tooLong(path, longest));
}
