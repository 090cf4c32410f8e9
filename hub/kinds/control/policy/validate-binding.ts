/** What is wrong with bindings of policies. */
import type { PolicyBinding } from '../../../api/admission-policy.ts';
import { duplicate, type FieldError, invalid, required } from '../../../api/field-error.ts';
import { isDns1123Subdomain } from '../../../api/names.ts';
import { named, oneOf } from '../../field-checks.ts';
import { validateMatch, validateMutatingOperations, validateParamRef } from './validate-match.ts';

const actions = ['Audit', 'Deny', 'Warn'];

function validatePolicyName(policyName: string | undefined, errors: FieldError[]): void {
  if (policyName) named(isDns1123Subdomain, policyName, 'spec.policyName', errors);
  else errors.push(required('spec.policyName'));
}

function validateActions(given: readonly string[], path: string, errors: FieldError[]): void {
  const known = new Set<string>();
  given.forEach((action, index) => {
    oneOf(action, actions, `${path}[${index}]`, errors);
    if (known.has(action)) errors.push(duplicate(`${path}[${index}]`, action));
    known.add(action);
  });
  if (known.has('Deny') && known.has('Warn')) {
    const purpose =
      'repeating the same validation failure information in the API response and headers serves no purpose';
    errors.push(invalid(path, given, `must not contain both Deny and Warn (${purpose})`));
  }
  if (known.size === 0) errors.push(required(path, 'at least one validation action is required'));
}

/** What is wrong with a ValidatingAdmissionPolicyBinding. */
export function validateValidatingBinding({ spec = {} }: PolicyBinding): FieldError[] {
  const errors: FieldError[] = [];
  validatePolicyName(spec.policyName, errors);
  validateParamRef(spec.paramRef, 'spec.paramRef', errors);
  validateMatch(spec.matchResources, 'spec.matchResources', errors);
  validateActions(spec.validationActions ?? [], 'spec.validationActions', errors);
  return errors;
}

/** What is wrong with a MutatingAdmissionPolicyBinding. */
export function validateMutatingBinding({ spec = {} }: PolicyBinding): FieldError[] {
  const errors: FieldError[] = [];
  validatePolicyName(spec.policyName, errors);
  validateParamRef(spec.paramRef, 'spec.paramRef', errors);
  validateMatch(spec.matchResources, 'spec.matchResources', errors);
  validateMutatingOperations(spec.matchResources, 'spec.matchResources', errors);
  return errors;
}
