/** Nobody grants what they do not hold: the check on writes of roles and bindings. */
import { isDeepStrictEqual } from 'node:util';
import { type About, forbidden, notFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from '../api/rbac.ts';
import { roles } from '../api/resource.ts';
import { mastersGroup, type User } from '../api/user.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/registry.ts';
import type { Authorizer } from './auth.ts';
import { joinErrors, type Rbac } from './rbac.ts';
import { rulesText, uncovered } from './rbac-cover.ts';
import { roleResource } from './rbac-index.ts';

/** What the check asks: whether `escalate` and `bind` are allowed, and which rules somebody holds. */
export interface EscalationOptions {
  readonly authorizer: Authorizer;
  readonly rbac: Pick<Rbac, 'rulesFor' | 'rulesOf'>;
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** Throws Forbidden when `user` does not hold every one of `rules` in `namespace`. `what` is the object being written. */
function confirmHeld(
  rbac: Pick<Rbac, 'rulesFor'>,
  user: User,
  rules: readonly PolicyRule[],
  what: { readonly about: About; readonly namespace: string; readonly name: string },
): void {
  const held = rbac.rulesFor(user, what.namespace);
  const missing = uncovered(held.rules, rules);
  if (missing.length === 0) return;
  const groups = `[${user.groups.map((group) => JSON.stringify(group)).join(' ')}]`;
  const behind = held.errors.length === 0 ? '' : `; resolution errors: ${joinErrors(held.errors)}`;
  throw forbidden(
    what.about,
    what.name,
    `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${rulesText(missing)}${behind}`,
  );
}

/** True when an update changes nothing but what the garbage collector needs. */
function onlyCollects(object: KubeObject, old: KubeObject | undefined): boolean {
  if (old === undefined) return false;
  const rest = ({ metadata, ...body }: KubeObject): unknown => {
    const { finalizers: _f, ownerReferences: _o, managedFields: _m, resourceVersion: _r, ...kept } = metadata;
    return { ...body, metadata: kept };
  };
  return isDeepStrictEqual(rest(object), rest(old));
}

/** The admission plugin. */
export function escalationCheck(options: EscalationOptions): AdmissionPlugin {
  const { authorizer, rbac } = options;

  const may = (request: AdmissionRequest, verb: string, resource: string, name: string): boolean => {
    const { user, namespace, info } = request;
    const rest = { version: info.version, subresource: '' };
    return authorizer.authorize({ user, verb, group: roles.group, resource, namespace, name, ...rest }).allowed;
  };

  const checkRole = (request: AdmissionRequest, role: ClusterRole): void => {
    const { user, namespace, info, name } = request;
    if (may(request, 'escalate', info.resource, name)) return;
    const what = { about: info, namespace, name };
    confirmHeld(rbac, user, role.rules ?? [], what);
    if (role.aggregationRule !== undefined) confirmHeld(rbac, user, everything, what);
  };

  const checkBinding = (request: AdmissionRequest, roleRef: RoleRef): void => {
    const { user, namespace, info, name } = request;
    const role = roleResource(roleRef);
    if (may(request, 'bind', role.resource, roleRef.name)) return;
    const rules = rbac.rulesOf(roleRef, namespace);
    if (rules === undefined) throw notFound(role, roleRef.name);
    confirmHeld(rbac, user, rules, { about: info, namespace, name });
  };

  return {
    name: 'RBACEscalation',
    handles: ({ info, operation, subresource, user }) =>
      info.group === roles.group &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      subresource === '' &&
      !user.groups.includes(mastersGroup),
    validate(request) {
      const { object, old, info } = request;
      if (object === undefined || onlyCollects(object, old)) return;
      if (info.kind === 'Role' || info.kind === 'ClusterRole') checkRole(request, object as ClusterRole);
      else if (typeof (object as RoleBinding).roleRef?.name === 'string') {
        checkBinding(request, (object as RoleBinding).roleRef);
      }
    },
  };
}
