/** Aggregated ClusterRoles: their rules are those of the ClusterRoles their selectors name. */
import { isDeepStrictEqual } from 'node:util';
import type { LabelSelector } from '../api/object.ts';
import type { ClusterRole, PolicyRule } from '../api/rbac.ts';

function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return operator === 'In'
        ? value !== undefined && values.includes(value)
        : value === undefined || !values.includes(value);
    })
  );
}

/**
 * The rules an aggregated `role` must have, given all ClusterRoles: by selector, then by name, each rule once;
 * undefined when it is not aggregated or has them already.
 */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined;
  const byName = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    for (const part of byName) {
      if (part.metadata.name === role.metadata.name || !selects(selector, part.metadata.labels ?? {})) continue;
      for (const rule of part.rules ?? []) {
        if (!rules.some((one) => isDeepStrictEqual(one, rule))) rules.push(rule);
      }
    }
  }
  return isDeepStrictEqual(rules, role.rules ?? []) ? undefined : rules;
}
