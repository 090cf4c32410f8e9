/** One RBAC rule against one request, as kube-apiserver's evaluation helpers match them. */
import type { PolicyRule } from '../api/rbac.ts';
import type { Access } from '../api/access.ts';

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some((one) => one === '*' || one === value) ?? false;

/** `pods`, `pods/log`, a star for every resource, or star-slash-`scale` for one subresource of every resource. */
function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    rule.resources?.some(
      (one) => one === '*' || one === combined || (subresource !== '' && one === `*/${subresource}`),
    ) ?? false
  );
}

/** True for an exact path, `*`, or a prefix that ends in `*`. */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''));
}

/** Does `rule` allow the request? With `anyName`, only rules that hold for every name count. */
export function ruleAllows(rule: PolicyRule, attributes: Access, anyName: boolean): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  const { path } = attributes;
  if (path !== undefined) return rule.nonResourceURLs?.some((pattern) => pathMatches(pattern, path)) ?? false;
  if (!has(rule.apiGroups, attributes.group)) return false;
  if (!resourceMatches(rule, attributes.resource, attributes.subresource)) return false;
  if (rule.resourceNames === undefined || rule.resourceNames.length === 0) return true;
  return !anyName && rule.resourceNames.includes(attributes.name);
}
