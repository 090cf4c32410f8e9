/** Admission policies in CEL and their bindings. */
import type { MatchResources, MutatingPolicy, PolicyBinding, ValidatingPolicy } from '../../api/admission-policy.ts';
import type { LabelSelector } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateMutatingBinding, validateValidatingBinding } from './policy/validate-binding.ts';
import { staticSuffixWarnings } from './static-suffix.ts';
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

const unset = '<unset>';

function policyCells(policy: ValidatingPolicy | MutatingPolicy, count: number, now: number): TableCell[] {
  const kind = policy.spec?.paramKind;
  const shown = kind === undefined ? unset : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`;
  return [nameCell(policy), count, shown, ageCell(policy, now)];
}

/** API: parameters that are selected are shown as Go prints the selector. */
function printed({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}: ${value},`);
  const terms = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const map = `MatchLabels:map[string]string{${labels.sort().join('')}}`;
  return `&LabelSelector{${map},MatchExpressions:[]LabelSelectorRequirement{${terms.join('')}},}`;
}

function bindingCells(binding: PolicyBinding, now: number): TableCell[] {
  const { policyName = '', paramRef } = binding.spec ?? {};
  let parameter = unset;
  if (paramRef?.name) parameter = `${paramRef.namespace || '*'}/${paramRef.name}`;
  else if (paramRef?.selector !== undefined) parameter = printed(paramRef.selector);
  return [nameCell(binding), policyName, parameter, ageCell(binding, now)];
}

const shared = { hasGeneration: true, unconditionalUpdate: false, warnings: staticSuffixWarnings };

/** The strategy of ValidatingAdmissionPolicies. */
export const validatingPolicyStrategy: Strategy = plainStrategy<ValidatingPolicy>({
  ...shared,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults: defaultPolicy,
  validateCreate: validateValidatingPolicy,
  validateStatusUpdate: validatePolicyStatus,
  columns: columnsOf('validatingAdmissionPolicy'),
  cells: (policy, now) => policyCells(policy, policy.spec?.validations?.length ?? 0, now),
});

/** The strategy of MutatingAdmissionPolicies. */
export const mutatingPolicyStrategy: Strategy = plainStrategy<MutatingPolicy>({
  ...shared,
  setDefaults: (policy) => {
    defaultPolicy(policy);
    if (policy.spec !== undefined) policy.spec.reinvocationPolicy ??= 'Never';
  },
  validateCreate: validateMutatingPolicy,
  columns: columnsOf('mutatingAdmissionPolicy'),
  cells: (policy, now) => policyCells(policy, policy.spec?.mutations?.length ?? 0, now),
});

const bindingFacts = { ...shared, setDefaults: defaultBinding, cells: bindingCells };

/** The strategy of ValidatingAdmissionPolicyBindings. */
export const validatingBindingStrategy: Strategy = plainStrategy<PolicyBinding>({
  ...bindingFacts,
  validateCreate: validateValidatingBinding,
  columns: columnsOf('validatingAdmissionPolicyBinding'),
});

/** The strategy of MutatingAdmissionPolicyBindings. */
export const mutatingBindingStrategy: Strategy = plainStrategy<PolicyBinding>({
  ...bindingFacts,
  validateCreate: validateMutatingBinding,
  columns: columnsOf('mutatingAdmissionPolicyBinding'),
});
