/** Admission policies in CEL and their bindings. */
import type { MatchResources, MutatingPolicy, PolicyBinding, ValidatingPolicy } from '../../api/admission-policy.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateMutatingBinding, validateValidatingBinding } from './policy/validate-binding.ts';
import { validateMutatingPolicy, validatePolicyStatus, validateValidatingPolicy } from './policy/validate-policy.ts';

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

function defaultPolicy(policy: ValidatingPolicy | MutatingPolicy): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  defaultMatch(policy.spec.matchConstraints);
}

function defaultBinding(binding: PolicyBinding): void {
  binding.spec ??= {};
  defaultMatch(binding.spec.matchResources);
}

const shared = { hasGeneration: true, unconditionalUpdate: false };

/** The strategy of ValidatingAdmissionPolicies. */
export const validatingPolicyStrategy: Strategy = plainStrategy<ValidatingPolicy>({
  ...shared,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults: defaultPolicy,
  validateCreate: validateValidatingPolicy,
  validateStatusUpdate: validatePolicyStatus,
});

/** The strategy of MutatingAdmissionPolicies. */
export const mutatingPolicyStrategy: Strategy = plainStrategy<MutatingPolicy>({
  ...shared,
  setDefaults: (policy) => {
    defaultPolicy(policy);
    if (policy.spec !== undefined) policy.spec.reinvocationPolicy ??= 'Never';
  },
  validateCreate: validateMutatingPolicy,
});

/** The strategy of ValidatingAdmissionPolicyBindings. */
export const validatingBindingStrategy: Strategy = plainStrategy<PolicyBinding>({
  ...shared,
  setDefaults: defaultBinding,
  validateCreate: validateValidatingBinding,
});

/** The strategy of MutatingAdmissionPolicyBindings. */
export const mutatingBindingStrategy: Strategy = plainStrategy<PolicyBinding>({
  ...shared,
  setDefaults: defaultBinding,
  validateCreate: validateMutatingBinding,
});
