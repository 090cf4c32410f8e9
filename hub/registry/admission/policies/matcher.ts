/** Which requests a policy, or a binding, is about. */
import type { MatchResources, NamedRule } from '../../../api/admission-policy.ts';
import { labelSelectorMatcher, type LabelMatcher } from '../../../api/selector.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import type { Equivalents } from '../webhooks/equivalents.ts';
import { type Matched, rowFor, selectsNamespace, selectsObject } from '../webhooks/matching.ts';

/** API: what decides by expressions is never up to such, or a wrong one could not be taken away; nor are reviews. */
const exempt = new Set([
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

/** True for what no policy is ever asked about: policies and their bindings, and reviews of access. */
export function isExemptFromPolicies({ group, resource }: ResourceInfo): boolean {
  return exempt.has(`${group}/${resource}`);
}

/** MatchResources, ready. */
export class RequestMatcher {
  readonly #rules: readonly NamedRule[];
  readonly #included: Matched;
  readonly #excluded: Matched;
  readonly #namespaces: LabelMatcher;
  readonly #objects: LabelMatcher;

  constructor(match: MatchResources = {}) {
    const { resourceRules = [], excludeResourceRules = [], matchPolicy = 'Equivalent' } = match;
    this.#rules = resourceRules;
    this.#included = { rules: resourceRules, matchPolicy };
    this.#excluded = { rules: excludeResourceRules, matchPolicy };
    this.#namespaces = labelSelectorMatcher(match.namespaceSelector ?? {});
    this.#objects = labelSelectorMatcher(match.objectSelector ?? {});
  }

  /** The row in which such a request is to be seen, whatever its object and namespace; undefined when rules speak against it. */
  row(request: AdmissionRequest, equivalents: Equivalents): ResourceInfo | undefined {
    if (rowFor(this.#excluded, request, equivalents) !== undefined) return undefined;
    return this.#rules.length === 0 ? request.info : rowFor(this.#included, request, equivalents);
  }

  /** True when its namespace and its object are selected. Throws NotFound for a namespace that is not there. */
  selects(request: AdmissionRequest, reader: Reader): boolean {
    return selectsObject(this.#objects, request) && selectsNamespace(this.#namespaces, request, reader);
  }
}
