/** Admission policies in CEL and their bindings. */
import type { KubeObject, LabelSelector } from '../../api/object.ts';
import type { RuleWithOperations } from '../../api/webhook.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: RuleWithOperations[];
  excludeResourceRules?: RuleWithOperations[];
}

interface Policy extends KubeObject {
  spec?: { failurePolicy?: string; matchConstraints?: MatchResources; reinvocationPolicy?: string };
}

interface Binding extends KubeObject {
  spec?: {
    policyName?: string;
    matchResources?: MatchResources;
    paramRef?: { parameterNotFoundAction?: string };
    validationActions?: string[];
  };
}

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

function defaultPolicy(policy: Policy): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  defaultMatch(policy.spec.matchConstraints);
}

function defaultBinding(binding: Binding): void {
  binding.spec ??= {};
  defaultMatch(binding.spec.matchResources);
}

const shared = { hasGeneration: true, unconditionalUpdate: false };

/** The strategy of ValidatingAdmissionPolicies. */
export const validatingPolicyStrategy: Strategy = plainStrategy<Policy>({
  ...shared,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults: defaultPolicy,
});

/** The strategy of MutatingAdmissionPolicies. */
export const mutatingPolicyStrategy: Strategy = plainStrategy<Policy>({
  ...shared,
  setDefaults: (policy) => {
    defaultPolicy(policy);
    if (policy.spec !== undefined) policy.spec.reinvocationPolicy ??= 'Never';
  },
});

/** The strategy of bindings of both kinds of policies. */
export const policyBindingStrategy: Strategy = plainStrategy<Binding>({ ...shared, setDefaults: defaultBinding });
