/** Aggregated ClusterRoles: their rules are those of the ClusterRoles their selectors name. */
import type { ClusterRole, PolicyRule } from './rbac.ts';
import { sameJson } from './same-json.ts';
import { labelSelectorMatcher } from './selector.ts';

function byName(a: ClusterRole, b: ClusterRole): number {
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/**
 * The rules an aggregated `role` must have, given all ClusterRoles: by selector, then by name, each rule once;
 * undefined when it is not aggregated or has them already.
 */
export function aggregatedRules(role: ClusterRole, all: Iterable<ClusterRole>): PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined;
  const others = [...all].filter((other) => other.metadata.name !== role.metadata.name).sort(byName);
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const matcher = labelSelectorMatcher(selector);
    const parts = others.filter((other) => matcher.matches(other.metadata.labels ?? {}));
    for (const rule of parts.flatMap((part) => part.rules ?? [])) {
      if (!rules.some((one) => sameJson(one, rule))) rules.push(rule);
    }
  }
  return sameJson(rules, role.rules ?? []) ? undefined : rules;
}
