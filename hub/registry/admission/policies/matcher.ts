/** Which requests a policy, or a binding, is about. */
import type { MatchResources, NamedRule } from '../../../api/admission-policy.ts';
import { labelSelectorMatcher, type LabelMatcher } from '../../../api/selector.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import type { Equivalents } from '../webhooks/equivalents.ts';
import { type Matched, rowFor, selectsNamespace, selectsObject } from '../webhooks/matching.ts';

/** API: what decides by expressions is never up to such, or a wrong one could not be taken away. */
const exempt = new Set([
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** True for policies and their bindings. */
export function isPolicyResource({ group, resource }: ResourceInfo): boolean {
  return group === 'admissionregistration.k8s.io' && exempt.has(resource);
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
