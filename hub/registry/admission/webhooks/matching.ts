/** Whether a webhook is asked about a request, and in which version. */
import type { Authorize } from '../../../api/access.ts';
import { forbidden, notFound } from '../../../api/errors.ts';
import type { NamedRule } from '../../../api/admission-policy.ts';
import type { KubeObject } from '../../../api/object.ts';
import { namespaces } from '../../../api/resource.ts';
import type { LabelMatcher } from '../../../api/selector.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import type { Equivalents } from './equivalents.ts';
import type { Hook } from './hooks.ts';
import { inputOf, type Seen } from './review.ts';
import { isNamespace, ruleMatches, type RuleSubject } from './rules.ts';

const ownGroup = 'admissionregistration.k8s.io';

/** API: what decides about admission is never up to webhooks, or a wrong one could not be taken away. */
export function isExempt({ group }: ResourceInfo): boolean {
  return group === ownGroup;
}

/** The namespace of a request. API: that of a Namespace is itself, once it is there. */
export function namespaceOf({ info, operation, namespace, name }: AdmissionRequest): string {
  return isNamespace(info) && operation !== 'CREATE' ? name : namespace;
}

function subjectOf(request: AdmissionRequest, info: ResourceInfo): RuleSubject {
  const { operation, subresource } = request;
  const { group, version, resource } = info;
  return { operation, group, version, resource, subresource, namespace: namespaceOf(request) };
}

/** Which requests a webhook or a policy is about. */
export interface Matched {
  readonly rules?: readonly NamedRule[];
  readonly matchPolicy?: string;
}

function isAbout(rule: NamedRule, request: AdmissionRequest, info: ResourceInfo): boolean {
  if (!ruleMatches(rule, subjectOf(request, info))) return false;
  return !rule.resourceNames?.length || rule.resourceNames.includes(request.name);
}

/** The row in which such a request is to be seen; undefined when no rule is about it. */
export function rowFor(
  { rules = [], matchPolicy }: Matched,
  request: AdmissionRequest,
  equivalents: Equivalents,
): ResourceInfo | undefined {
  if (rules.some((rule) => isAbout(rule, request, request.info))) return request.info;
  if (matchPolicy === 'Exact' || rules.length === 0) return undefined;
  const others = equivalents.of(request.info);
  for (const rule of rules) {
    const found = others.find((other) => isAbout(rule, request, other));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True when the namespace of a request is selected. Throws NotFound for one that is not there. */
export function selectsNamespace(matcher: LabelMatcher, request: AdmissionRequest, reader: Reader): boolean {
  if (matcher.text === '') return true;
  const { info, operation, object, subresource } = request;
  const itself = isNamespace(info);
  // API: what is in no namespace is not exempt by one
  if (request.namespace === '' && !itself) return true;
  if (itself && object !== undefined && subresource === '' && operation !== 'DELETE') {
    return matcher.matches(object.metadata.labels ?? {});
  }
  const name = namespaceOf(request);
  const entry = reader.get(namespaces, '', name);
  if (entry === undefined) throw notFound(namespaces, name);
  return matcher.matches(entry.labels);
}

/** True when the object of a request, or the one before, is selected. */
export function selectsObject(matcher: LabelMatcher, request: AdmissionRequest): boolean {
  if (matcher.text === '') return true;
  const selects = (object: KubeObject | undefined): boolean =>
    object?.metadata !== undefined && matcher.matches(object.metadata.labels ?? {});
  return selects(request.object) || selects(request.old);
}

/** True when the conditions of a webhook hold. Throws Forbidden when that cannot be told and failures count. */
export function conditionsHold(
  { conditions, webhook }: Hook,
  request: AdmissionRequest,
  seen: Seen,
  authorize: Authorize | undefined,
): boolean {
  if (conditions === undefined) return true;
  try {
    return conditions.match(inputOf(request, seen, authorize));
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return false;
    throw forbidden(request.info, request.name, error instanceof Error ? error.message : String(error));
  }
}
