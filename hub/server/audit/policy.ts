/** An audit policy (audit.k8s.io/v1): which requests are written down, and how much of them. Pure. */
import type { Access } from '../../api/access.ts';

/** How much is written, least first. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
/** One of them. */
export type Level = (typeof levels)[number];

/** When it is written. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
/** One of them. */
export type Stage = (typeof stages)[number];

/** Resources of one group; empty lists mean all. */
export interface GroupResources {
  readonly group: string;
  /** `pods`, `pods/log`, all of `pods`, one subresource of all, or `*`: as the API has them. */
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

/** One rule; empty lists match everything. */
export interface PolicyRule {
  readonly level: Level;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  /** The policy's own included. */
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

/** The rules, the first that matches decides. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
}

/** The rule a request falls under; undefined: it is not written down. */
export function ruleFor({ rules }: Policy, attributes: Access): PolicyRule | undefined {
  const rule = rules.find((one) => matches(one, attributes));
  return rule?.level === 'None' ? undefined : rule;
}

/** True when `level` writes at least as much as `least`. */
export function reaches(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least);
}

function matches(rule: PolicyRule, attributes: Access): boolean {
  const { user, verb, path } = attributes;
  if (rule.users.length > 0 && !rule.users.includes(user.name)) return false;
  if (rule.userGroups.length > 0 && !user.groups.some((group) => rule.userGroups.includes(group))) return false;
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0) return path === undefined && isAbout(rule, attributes);
  if (rule.nonResourceURLs.length === 0) return true;
  return path !== undefined && rule.nonResourceURLs.some((spec) => isBelow(path, spec));
}

function isBelow(path: string, spec: string): boolean {
  if (spec === '*' || spec === path) return true;
  return spec.endsWith('*') && path.startsWith(spec.replace(/\*+$/, ''));
}

function isAbout({ namespaces, resources }: PolicyRule, attributes: Access): boolean {
  if (namespaces.length > 0 && !namespaces.includes(attributes.namespace)) return false;
  return resources.length === 0 || resources.some((one) => isOf(one, attributes));
}

function isOf({ group, resources, resourceNames }: GroupResources, attributes: Access): boolean {
  if (group !== attributes.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(attributes.name)) return false;
  const { resource, subresource } = attributes;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (one) =>
      one === '*' || one === whole || one === `${resource}/*` || (subresource !== '' && one === `*/${subresource}`),
  );
}
