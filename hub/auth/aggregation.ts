/** Aggregated ClusterRoles: their rules are those of the ClusterRoles their selectors name. */
import { isDeepStrictEqual } from 'node:util';
import type { ClusterRole, PolicyRule } from '../api/rbac.ts';
import { labelSelectorMatcher } from '../api/selector.ts';

/**
 * The rules an aggregated `role` must have, given all ClusterRoles: by selector, then by name, each rule once;
 * undefined when it is not aggregated or has them already.
 */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined;
  const byName = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const matcher = labelSelectorMatcher(selector);
    for (const part of byName) {
      if (part.metadata.name === role.metadata.name || !matcher.matches(part.metadata.labels ?? {})) continue;
      for (const rule of part.rules ?? []) {
        if (!rules.some((one) => isDeepStrictEqual(one, rule))) rules.push(rule);
      }
    }
  }
  return isDeepStrictEqual(rules, role.rules ?? []) ? undefined : rules;
}
