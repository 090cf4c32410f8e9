/** Rules of webhooks: which requests they are about. Pure. */
import type { RuleWithOperations } from '../../../api/webhook.ts';

/** What rules look at. */
export interface RuleSubject {
  readonly operation: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for what is in no namespace; of a Namespace its own name. */
  readonly namespace: string;
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

function hasResource(list: readonly string[] | undefined, resource: string, subresource: string): boolean {
  return (
    list?.some((one) => {
      const slash = one.indexOf('/');
      const [name, part] = slash < 0 ? [one, ''] : [one.slice(0, slash), one.slice(slash + 1)];
      return (name === '*' || name === resource) && (part === '*' || part === subresource);
    }) === true
  );
}

/** True for the kind Namespace itself: API, in a namespace by its name, and yet of the cluster. */
export function isNamespace({ group, resource }: Pick<RuleSubject, 'group' | 'resource'>): boolean {
  return group === '' && resource === 'namespaces';
}

function inScope(scope: string | undefined, subject: RuleSubject): boolean {
  if (scope === undefined || scope === '*') return true;
  const namespaced = subject.namespace !== '' && !isNamespace(subject);
  return (scope === 'Namespaced') === namespaced;
}

/** True when a rule is about such a request. */
export function ruleMatches(rule: RuleWithOperations, subject: RuleSubject): boolean {
  return (
    has(rule.operations, subject.operation) &&
    has(rule.apiGroups, subject.group) &&
    has(rule.apiVersions, subject.version) &&
    hasResource(rule.resources, subject.resource, subject.subresource) &&
    inScope(rule.scope, subject)
  );
}
