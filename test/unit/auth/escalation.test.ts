/** The escalation check: texts and cases as a real API server was recorded answering them. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ApiError } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PolicyRule, RoleRef } from '../../../hub/api/rbac.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  type ResourceRef,
  roleBindings,
  roles,
} from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import { escalationCheck } from '../../../hub/auth/escalation.ts';
import { createRbac, type Rbac } from '../../../hub/auth/rbac.ts';
import { uncovered } from '../../../hub/auth/rbac-cover.ts';
import type { AdmissionPlugin, Registry } from '../../../hub/registry/registry.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const as = (name: string): { user: User; manager: string } => ({
  user: { name, groups: ['system:authenticated'] },
  manager: 'test',
});

const role = (name: string, rules: PolicyRule[]): KubeObject => ({
  apiVersion,
  kind: 'Role',
  metadata: { name, namespace: 'x' },
  rules,
});
const clusterRole = (name: string, rest: object): KubeObject => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name },
  ...rest,
});
const binding = (name: string, kind: string, to: string, user: string): KubeObject => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name, namespace: 'x' },
  roleRef: { apiGroup, kind, name: to } satisfies RoleRef,
  subjects: [{ apiGroup, kind: 'User', name: user }],
});

const readConfig: PolicyRule = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] };
const makeRoles: PolicyRule = {
  apiGroups: [apiGroup],
  resources: ['roles', 'rolebindings'],
  verbs: ['create', 'update', 'patch'],
};

/** dan may make roles and read ConfigMaps; hal may also bind and escalate. */
async function fixture(t: TestContext): Promise<Registry> {
  let rbac: Rbac | undefined;
  const late: AdmissionPlugin = {
    name: 'late',
    handles: () => rbac !== undefined,
    validate(request) {
      if (rbac === undefined) return undefined;
      const plugin = escalationCheck({ authorizer: rbac, rbac });
      return plugin.handles(request) ? plugin.validate?.(request) : undefined;
    },
  };
  const registry = await openTestRegistry(t, { admission: [late] });
  const create = (ref: ResourceRef, object: KubeObject) =>
    registry.create(ref, object.metadata.namespace ?? '', object, asAdmin);
  await create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });
  await create(roles, role('maker', [makeRoles, readConfig]));
  await create(
    roles,
    role('boss', [
      makeRoles,
      { apiGroups: [apiGroup], resources: ['roles', 'clusterroles'], verbs: ['escalate', 'bind'] },
    ]),
  );
  await create(
    clusterRoles,
    clusterRole('secrets', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }] }),
  );
  await create(roleBindings, binding('maker', 'Role', 'maker', 'dan'));
  await create(roleBindings, binding('boss', 'Role', 'boss', 'hal'));
  rbac = createRbac(registry);
  t.after(() => rbac?.stop());
  return registry;
}

test('a role with rights its writer lacks is refused, naming what is missing', async (t) => {
  const registry = await fixture(t);
  const esc = role('esc', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  await assert.rejects(registry.create(roles, 'x', esc, as('dan')), (error: ApiError) => {
    assert.equal(
      error.message,
      'roles.rbac.authorization.k8s.io "esc" is forbidden: user "dan" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    assert.equal(error.code, 403);
    assert.deepEqual(error.details, { name: 'esc', group: apiGroup, kind: 'roles' });
    return true;
  });
});

test('a role within its writer’s rights is allowed, and a change beyond them is refused', async (t) => {
  const registry = await fixture(t);
  await registry.create(roles, 'x', role('fine', [readConfig]), as('dan'));
  const grow = (object: KubeObject): void => {
    object['rules'] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  };
  await assert.rejects(
    registry.modify(roles, 'x', 'fine', grow, as('dan')),
    /not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}$/,
  );
  await registry.modify(roles, 'x', 'fine', grow, asAdmin);
});

test('a binding to a role beyond its writer’s rights is refused, within them allowed, to nothing not found', async (t) => {
  const registry = await fixture(t);
  await assert.rejects(registry.create(roleBindings, 'x', binding('esc', 'ClusterRole', 'secrets', 'dan'), as('dan')), {
    reason: 'Forbidden',
    message:
      /^rolebindings\.rbac\.authorization\.k8s\.io "esc" is forbidden: .*Resources:\["secrets"\], Verbs:\["get" "list"\]\}$/s,
  });
  await registry.create(roles, 'x', role('fine', [readConfig]), as('dan'));
  await registry.create(roleBindings, 'x', binding('ok', 'Role', 'fine', 'eve'), as('dan'));
  await assert.rejects(registry.create(roleBindings, 'x', binding('mis', 'Role', 'zz', 'eve'), as('dan')), {
    reason: 'NotFound',
    message: 'roles.rbac.authorization.k8s.io "zz" not found',
  });
});

test('the verbs escalate and bind, and the masters, stand above the check', async (t) => {
  const registry = await fixture(t);
  await registry.create(
    roles,
    'x',
    role('esc', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
    as('hal'),
  );
  await registry.create(roleBindings, 'x', binding('esc', 'ClusterRole', 'secrets', 'eve'), as('hal'));
  await registry.create(roleBindings, 'x', binding('none', 'Role', 'zz', 'eve'), asAdmin);
});

test('an aggregated ClusterRole is for those who hold everything', async (t) => {
  const registry = await fixture(t);
  const aggregated = clusterRole('agg', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } });
  await assert.rejects(registry.create(clusterRoles, '', aggregated, as('dan')), { reason: 'Forbidden' });
  await registry.create(clusterRoles, '', aggregated, asAdmin);
  const all = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'b' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'agg' },
  };
  await registry.create(clusterRoleBindings, '', all, as('dan'));
});

const rule = (resources: string, verbs: string, names?: string): PolicyRule => ({
  apiGroups: [''],
  resources: resources.split(','),
  verbs: verbs.split(','),
  ...(names === undefined ? {} : { resourceNames: names.split(',') }),
});

/** Held, wanted, how many single rules are missing. */
const coverage: [PolicyRule, PolicyRule, number][] = [
  [rule('pods', 'get'), rule('pods', 'get'), 0],
  [rule('pods', 'get,list'), rule('pods', 'get'), 0],
  [rule('pods', 'get'), rule('pods', 'get,list,watch'), 2],
  [rule('*', '*'), rule('pods,pods/log', 'get,list'), 0],
  [rule('pods', '*'), rule('pods/log', 'get'), 1],
  [rule('*/scale', 'get'), rule('deployments/scale', 'get'), 0],
  [rule('*/scale', 'get'), rule('deployments/status', 'get'), 1],
  [rule('pods', 'get', 'a,b'), rule('pods', 'get', 'a'), 0],
  [rule('pods', 'get', 'a'), rule('pods', 'get', 'a,c'), 1],
  [rule('pods', 'get', 'a'), rule('pods', 'get'), 1],
  [rule('pods', 'get'), rule('pods', 'get', 'a'), 0],
  [rule('pods', 'get'), rule('*', 'get'), 1],
  [rule('pods', 'get'), rule('pods', '*'), 1],
  [{ nonResourceURLs: ['/a*'], verbs: ['get'] }, { nonResourceURLs: ['/a/b', '/ab*'], verbs: ['get'] }, 0],
  [{ nonResourceURLs: ['/a/*'], verbs: ['get'] }, { nonResourceURLs: ['/a', '*'], verbs: ['get'] }, 2],
  [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['/a'], verbs: ['get'] }, 1],
];

test('what one rule covers of another is counted single right by single right', () => {
  for (const [held, wanted, missing] of coverage) {
    assert.equal(
      uncovered([held], [wanted]).length,
      missing,
      `${JSON.stringify(held)} covers ${JSON.stringify(wanted)}`,
    );
  }
});
