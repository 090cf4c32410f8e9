/** The RBAC authorizer: synchronous decisions from an index, remembered until a role or binding changes. */
import type { PolicyRule, RoleRef } from '../api/rbac.ts';
import type { User } from '../api/user.ts';
import type { Registry } from '../registry/registry.ts';
import type { Access } from '../api/access.ts';
import type { Authorizer, Decision } from './auth.ts';
import { type Grant, missingRole, RbacIndex } from './rbac-index.ts';
import { ruleAllows } from './rbac-rule.ts';

/** All rules a user holds in a namespace (cluster-wide ones included), and which roles could not be found. */
export interface HeldRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

/** RBAC: decisions, and the rules behind them for reviews and escalation checks. */
export interface Rbac extends Authorizer {
  rulesFor(user: User, namespace: string): HeldRules;
  /** The rules of a role, or undefined when it does not exist. */
  rulesOf(roleRef: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
  stop(): void;
}

/** Decisions remembered for one user. */
const rememberedDecisions = 2048;

/** Several resolution errors as one text: each once, in brackets when there are more. */
export function joinErrors(errors: readonly string[]): string {
  const once = [...new Set(errors)];
  return once.length === 1 ? (once[0] ?? '') : `[${once.join(', ')}]`;
}

/** `RBAC: allowed by RoleBinding "reader/default" of Role "reader" to User "ann"`. */
function allowedBy({ namespace, binding, roleRef, subject }: Grant): string {
  const where = namespace === '' ? `ClusterRoleBinding "${binding}"` : `RoleBinding "${binding}/${namespace}"`;
  const isAccount = subject.kind === 'ServiceAccount';
  const who = isAccount ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name;
  return `RBAC: allowed by ${where} of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`;
}

function decide(index: RbacIndex, attributes: Access, anyName: boolean): Decision {
  const errors: string[] = [];
  const namespace = attributes.path === undefined ? attributes.namespace : '';
  for (const grant of index.grants(attributes.user, namespace)) {
    const rules = index.rules(grant.roleRef, grant.namespace);
    if (rules === undefined) errors.push(missingRole(grant.roleRef));
    else if (rules.some((rule) => ruleAllows(rule, attributes, anyName))) {
      return { allowed: true, reason: allowedBy(grant) };
    }
  }
  return { allowed: false, reason: errors.length === 0 ? '' : `RBAC: ${joinErrors(errors)}` };
}

/** Builds the index from what the registry holds now and follows its changes. */
export function createRbac(registry: Pick<Registry, 'entries' | 'subscribe'>): Rbac {
  const index = new RbacIndex(registry);
  let remembered = new WeakMap<User, Map<string, Decision>>();
  let generation = index.generation;

  const decisionsOf = (user: User): Map<string, Decision> => {
    if (generation !== index.generation) {
      generation = index.generation;
      remembered = new WeakMap();
    }
    let decisions = remembered.get(user);
    if (decisions === undefined || decisions.size >= rememberedDecisions) {
      decisions = new Map();
      remembered.set(user, decisions);
    }
    return decisions;
  };

  return {
    authorize(attributes) {
      const { verb, group, resource, subresource, namespace, path } = attributes;
      const decisions = decisionsOf(attributes.user);
      const key =
        path === undefined ? `${verb}\n${group}\n${resource}\n${subresource}\n${namespace}` : `${verb}\n${path}`;
      let decision = decisions.get(key);
      if (decision === undefined) {
        decision = decide(index, attributes, true);
        decisions.set(key, decision);
      }
      const isFinal = decision.allowed || path !== undefined || attributes.name === '';
      return isFinal ? decision : decide(index, attributes, false);
    },
    rulesFor(user, namespace) {
      const rules: PolicyRule[] = [];
      const errors: string[] = [];
      const seen = new Set<string>();
      for (const grant of index.grants(user, namespace)) {
        const id = `${grant.namespace}/${grant.binding}`;
        if (seen.has(id)) continue;
        seen.add(id);
        const found = index.rules(grant.roleRef, grant.namespace);
        if (found === undefined) errors.push(missingRole(grant.roleRef));
        else rules.push(...found);
      }
      return { rules, errors };
    },
    rulesOf: (roleRef, namespace) => index.rules(roleRef, namespace),
    stop: () => index.stop(),
  };
}
