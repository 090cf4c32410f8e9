/** Does somebody who holds some rules already hold others? The arithmetic behind RBAC's escalation check. */
import type { PolicyRule } from '../api/rbac.ts';
import { pathMatches } from './rbac-rule.ts';

const orEmpty = (list: readonly string[] | undefined): readonly string[] => list ?? [];

/** A rule as many rules of one group, resource, name or path, and one verb each. */
function breakdown(rule: PolicyRule): PolicyRule[] {
  const single: PolicyRule[] = [];
  for (const verb of rule.verbs) {
    for (const path of orEmpty(rule.nonResourceURLs)) single.push({ nonResourceURLs: [path], verbs: [verb] });
    for (const group of orEmpty(rule.apiGroups)) {
      for (const resource of orEmpty(rule.resources)) {
        const one = { apiGroups: [group], resources: [resource], verbs: [verb] };
        const names = orEmpty(rule.resourceNames);
        if (names.length === 0) single.push(one);
        for (const name of names) single.push({ ...one, resourceNames: [name] });
      }
    }
  }
  return single;
}

const coversAll = (held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  orEmpty(held).includes('*') || orEmpty(wanted).every((one) => orEmpty(held).includes(one));

function coversResources(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.includes('*')) return true;
  return wanted.every(
    (one) => held.includes(one) || (one.includes('/') && held.includes(`*${one.slice(one.indexOf('/'))}`)),
  );
}

function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true;
  return wanted.length > 0 && wanted.every((one) => held.includes(one));
}

function covers(held: PolicyRule, wanted: PolicyRule): boolean {
  return (
    coversAll(held.verbs, wanted.verbs) &&
    coversAll(held.apiGroups, wanted.apiGroups) &&
    coversResources(orEmpty(held.resources), orEmpty(wanted.resources)) &&
    coversNames(orEmpty(held.resourceNames), orEmpty(wanted.resourceNames)) &&
    orEmpty(wanted.nonResourceURLs).every((path) =>
      orEmpty(held.nonResourceURLs).some((pattern) => pathMatches(pattern, path)),
    )
  );
}

/** The single rules of `wanted` that nothing in `held` covers. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakdown).filter((one) => !held.some((rule) => covers(rule, one)));
}

const quoted = (list: readonly string[]): string => `[${list.map((one) => JSON.stringify(one)).join(' ')}]`;

/** `{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`: a rule in Kubernetes' messages. */
function ruleText(rule: PolicyRule): string {
  const parts: string[] = [];
  const add = (name: string, list: readonly string[] | undefined): void => {
    if (orEmpty(list).length > 0) parts.push(`${name}:${quoted(orEmpty(list))}`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('ResourceNames', rule.resourceNames);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}

/** Single rules that differ in their verb only, put together again; sorted texts, one a line. */
export function rulesText(rules: readonly PolicyRule[]): string {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = ruleText({ ...rule, verbs: [] });
    const before = merged.get(key);
    merged.set(key, before === undefined ? rule : { ...before, verbs: [...before.verbs, ...rule.verbs] });
  }
  return [...merged.values()].map(ruleText).sort().join('\n');
}
