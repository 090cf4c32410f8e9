/** RBAC decisions, row by row, over a real registry. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PolicyRule, Subject } from '../../../hub/api/rbac.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  type ResourceRef,
  roleBindings,
  roles,
} from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import type { Access } from '../../../hub/api/access.ts';
import { createRbac } from '../../../hub/auth/rbac.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

async function make(registry: Registry, ref: ResourceRef, kind: string, name: string, namespace: string, rest: object) {
  const metadata = namespace === '' ? { name } : { name, namespace };
  const object: KubeObject = { apiVersion: kind === 'Namespace' ? 'v1' : apiVersion, kind, metadata, ...rest };
  await registry.create(ref, namespace, object, asAdmin);
}

const person = (name: string): Subject => ({ apiGroup, kind: 'User', name });
const group = (name: string): Subject => ({ apiGroup, kind: 'Group', name });
const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name });

const clusterRules: Record<string, PolicyRule[]> = {
  all: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  paths: [{ nonResourceURLs: ['/healthz', '/metrics/*', '/logs*'], verbs: ['get'] }],
  everypath: [{ nonResourceURLs: ['*'], verbs: ['*'] }],
  nodes: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] }],
  scalers: [{ apiGroups: ['*'], resources: ['*/scale'], verbs: ['get', 'update'] }],
  reader: [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get', 'list', 'watch'] }],
  logs: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
  empty: [],
};

const roleRules: Record<string, PolicyRule[]> = {
  reader: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }],
  one: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['a', 'b'], verbs: ['get', 'update', 'list'] }],
  scale: [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['*'] }],
};

const clusterBindings: [string, string, Subject[]][] = [
  ['all', 'all', [person('root'), group('ops')]],
  ['paths', 'paths', [group('system:authenticated')]],
  ['everypath', 'everypath', [person('pat')]],
  ['nodes', 'nodes', [account('x', 'agent'), person('nora')]],
  ['scalers', 'scalers', [person('sven')]],
  ['logs', 'logs', [person('lea')]],
  ['nowhere', 'no-such', [person('fay')]],
  ['empty', 'empty', [person('eve')]],
];

const bindings: [string, string, string, Subject[]][] = [
  ['reader', 'Role', 'reader', [person('ann'), group('team'), account('x', 'default')]],
  ['one', 'Role', 'one', [person('bob')]],
  ['scale', 'Role', 'scale', [person('cat')]],
  ['view', 'ClusterRole', 'reader', [person('dan')]],
  ['gone', 'Role', 'no-such-role', [person('fay')]],
  ['paths', 'ClusterRole', 'everypath', [person('ann')]],
  ['implied', 'Role', 'reader', [{ kind: 'ServiceAccount', name: 'sa', namespace: 'y' }]],
];

async function fixture(test: { after(run: () => void): void }) {
  const registry = await openTestRegistry(test as never);
  for (const name of ['x', 'y']) await make(registry, namespaces, 'Namespace', name, '', {});
  for (const [name, rules] of Object.entries(clusterRules)) {
    await make(registry, clusterRoles, 'ClusterRole', name, '', { rules });
  }
  for (const [name, rules] of Object.entries(roleRules)) await make(registry, roles, 'Role', name, 'x', { rules });
  for (const [name, role, subjects] of clusterBindings) {
    const roleRef = { apiGroup, kind: 'ClusterRole', name: role };
    await make(registry, clusterRoleBindings, 'ClusterRoleBinding', name, '', { roleRef, subjects });
  }
  for (const [name, kind, role, subjects] of bindings) {
    await make(registry, roleBindings, 'RoleBinding', name, 'x', { roleRef: { apiGroup, kind, name: role }, subjects });
  }
  const rbac = createRbac(registry);
  test.after(() => rbac.stop());
  return { registry, rbac };
}

/** `resource[/sub][.group]`, `namespace/name` (either may be empty); a path begins with a slash. */
function attributes(user: User, verb: string, what: string, where: string): Access {
  const none = { group: '', version: 'v1', resource: '', subresource: '', namespace: '', name: '' };
  if (what.startsWith('/')) return { user, verb, ...none, path: what };
  const [named = '', groupName = ''] = what.split('.');
  const [resource = '', subresource = ''] = named.split('/');
  const [namespace = '', name = ''] = where.split('/');
  return { user, verb, ...none, group: groupName, resource, subresource, namespace, name };
}

const yes = true;
const no = false;

/** User (with groups behind +), verb, what, namespace/name, allowed. */
const table: [string, string, string, string, boolean][] = [
  ['root', 'delete', 'secrets', 'x/s', yes],
  ['root', 'escalate', 'clusterroles.rbac', '', yes],
  ['root', 'get', '/metrics', '', no],
  ['zoe+ops', 'create', 'pods/exec', 'y/p', yes],
  ['zoe', 'create', 'pods/exec', 'y/p', no],
  ['ann', 'get', 'configmaps', 'x/a', yes],
  ['ann', 'list', 'configmaps', 'x/', yes],
  ['ann', 'watch', 'configmaps', 'x/', no],
  ['ann', 'get', 'configmaps', 'y/a', no],
  ['ann', 'list', 'configmaps', '', no],
  ['ann', 'get', 'configmaps.apps', 'x/a', no],
  ['ann', 'get', 'configmaps/status', 'x/a', no],
  ['ann', 'get', 'secrets', 'x/a', no],
  ['ann', 'GET', 'configmaps', 'x/a', no],
  ['Ann', 'get', 'configmaps', 'x/a', no],
  ['ann', 'get', '/healthz', '', no],
  ['ann', 'get', '/anything', '', no],
  ['gil+team', 'get', 'configmaps', 'x/a', yes],
  ['gil+teams', 'get', 'configmaps', 'x/a', no],
  ['team', 'get', 'configmaps', 'x/a', no],
  ['gil+ann', 'get', 'configmaps', 'x/a', no],
  ['system:serviceaccount:x:default', 'get', 'configmaps', 'x/a', yes],
  ['system:serviceaccount:x:default', 'list', 'configmaps', 'default/', no],
  ['system:serviceaccount:y:default', 'get', 'configmaps', 'x/a', no],
  ['system:serviceaccount:y:sa', 'get', 'configmaps', 'x/a', yes],
  ['system:serviceaccount:x:sa', 'get', 'configmaps', 'x/a', no],
  ['system:serviceaccount:x:agent', 'list', 'nodes', '', yes],
  ['default', 'get', 'configmaps', 'x/a', no],
  ['bob', 'get', 'configmaps', 'x/a', yes],
  ['bob', 'get', 'configmaps', 'x/b', yes],
  ['bob', 'get', 'configmaps', 'x/c', no],
  ['bob', 'update', 'configmaps', 'x/b', yes],
  ['bob', 'delete', 'configmaps', 'x/b', no],
  ['bob', 'list', 'configmaps', 'x/', no],
  ['bob', 'list', 'configmaps', 'x/a', yes],
  ['bob', 'create', 'configmaps', 'x/', no],
  ['cat', 'get', 'deployments/scale.apps', 'x/d', yes],
  ['cat', 'patch', 'deployments/scale.apps', 'x/d', yes],
  ['cat', 'get', 'deployments.apps', 'x/d', no],
  ['cat', 'get', 'statefulsets/scale.apps', 'x/d', no],
  ['cat', 'get', 'deployments/scale', 'x/d', no],
  ['cat', 'get', 'deployments/scale.apps', 'y/d', no],
  ['dan', 'list', 'pods', 'x/', yes],
  ['dan', 'watch', 'deployments.apps', 'x/', yes],
  ['dan', 'get', 'pods/log', 'x/p', no],
  ['dan', 'list', 'pods', '', no],
  ['dan', 'list', 'pods', 'y/', no],
  ['nora', 'get', 'nodes', '/n1', yes],
  ['nora', 'get', 'nodes', 'x/n1', yes],
  ['nora', 'delete', 'nodes', '/n1', no],
  ['nora', 'get', 'nodes/status', '/n1', no],
  ['sven', 'update', 'deployments/scale.apps', 'y/d', yes],
  ['sven', 'get', 'widgets/scale.example', 'y/d', yes],
  ['sven', 'get', 'deployments.apps', 'y/d', no],
  ['sven', 'delete', 'deployments/scale.apps', 'y/d', no],
  ['sven', 'get', 'scale.apps', 'y/d', no],
  ['lea', 'get', 'pods/log', 'y/p', yes],
  ['lea', 'get', 'pods', 'y/p', no],
  ['lea', 'get', 'log', 'y/p', no],
  ['eve', 'get', 'pods', 'x/p', no],
  ['pat', 'get', '/x/y/z', '', yes],
  ['pat', 'post', '/x', '', yes],
  ['pat', 'get', 'pods', 'x/p', no],
  ['gus+system:authenticated', 'get', '/healthz', '', yes],
  ['gus+system:authenticated', 'get', '/healthz/etcd', '', no],
  ['gus+system:authenticated', 'get', '/metrics/slis', '', yes],
  ['gus+system:authenticated', 'get', '/metrics', '', no],
  ['gus+system:authenticated', 'get', '/logs', '', yes],
  ['gus+system:authenticated', 'get', '/logs/kubelet', '', yes],
  ['gus+system:authenticated', 'head', '/healthz', '', no],
  ['system:anonymous+system:unauthenticated', 'get', '/healthz', '', no],
];

test('every row of the table is decided as written, twice', async (t) => {
  const { rbac } = await fixture(t);
  for (const round of [1, 2]) {
    for (const [who, verb, what, where, expected] of table) {
      const [name = '', ...groups] = who.split('+');
      const { allowed } = rbac.authorize(attributes({ name, groups }, verb, what, where));
      assert.equal(allowed, expected, `round ${round}: ${who} ${verb} ${what} ${where}`);
    }
  }
});

test('a decision names the binding, the role and the subject, as Kubernetes does', async (t) => {
  const { rbac } = await fixture(t);
  const reason = (name: string, groups: string[], verb: string, what: string, where: string): string =>
    rbac.authorize(attributes({ name, groups }, verb, what, where)).reason;
  assert.equal(
    reason('ann', [], 'get', 'configmaps', 'x/a'),
    'RBAC: allowed by RoleBinding "reader/x" of Role "reader" to User "ann"',
  );
  assert.equal(
    reason('g', ['team'], 'get', 'configmaps', 'x/a'),
    'RBAC: allowed by RoleBinding "reader/x" of Role "reader" to Group "team"',
  );
  assert.equal(
    reason('system:serviceaccount:x:default', [], 'get', 'configmaps', 'x/a'),
    'RBAC: allowed by RoleBinding "reader/x" of Role "reader" to ServiceAccount "default/x"',
  );
  assert.equal(
    reason('dan', [], 'get', 'pods', 'x/a'),
    'RBAC: allowed by RoleBinding "view/x" of ClusterRole "reader" to User "dan"',
  );
  assert.equal(
    reason('root', [], 'get', 'pods', 'x/a'),
    'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "all" to User "root"',
  );
  assert.equal(reason('ann', [], 'get', 'secrets', 'x/a'), '');
  assert.equal(
    reason('fay', [], 'get', 'pods', 'x/a'),
    'RBAC: [clusterrole.rbac.authorization.k8s.io "no-such" not found, role.rbac.authorization.k8s.io "no-such-role" not found]',
  );
  assert.equal(
    reason('fay', [], 'get', 'pods', 'y/a'),
    'RBAC: clusterrole.rbac.authorization.k8s.io "no-such" not found',
  );
});

test('a changed role or binding counts from the next request on', async (t) => {
  const { registry, rbac } = await fixture(t);
  const ann: User = { name: 'ann', groups: [] };
  const may = (verb: string): boolean => rbac.authorize(attributes(ann, verb, 'configmaps', 'x/a')).allowed;
  assert.deepEqual([may('get'), may('delete')], [true, false]);
  await registry.modify(
    roles,
    'x',
    'reader',
    (role) => void Object.assign(role, { rules: [{ ...roleRules['reader']?.[0], verbs: ['delete'] }] }),
    asAdmin,
  );
  assert.deepEqual([may('get'), may('delete')], [false, true]);
  await registry.modify(
    roleBindings,
    'x',
    'reader',
    (binding) => void Object.assign(binding, { subjects: [person('zed')] }),
    asAdmin,
  );
  assert.equal(may('delete'), false);
  await registry.modify(
    roleBindings,
    'x',
    'reader',
    (binding) => void Object.assign(binding, { subjects: [person('ann')] }),
    asAdmin,
  );
  assert.equal(may('delete'), true);
  await registry.delete(roles, 'x', 'reader', asAdmin);
  assert.equal(may('delete'), false);
  await registry.delete(roleBindings, 'x', 'reader', asAdmin);
  assert.equal(rbac.authorize(attributes(ann, 'delete', 'configmaps', 'x/a')).reason, '');
});
