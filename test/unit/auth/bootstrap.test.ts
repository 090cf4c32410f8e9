/** What a fresh cluster has, and how roles are repaired at the next start. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ClusterRole, ClusterRoleBinding } from '../../../hub/api/rbac.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  endpointSlices,
  endpoints,
  namespaces,
  priorityClasses,
  services,
  storageClasses,
} from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import { ensureBootstrap } from '../../../hub/auth/bootstrap/bootstrap.ts';
import { firstAddress } from '../../../hub/auth/bootstrap/hub-service.ts';
import { createRbac } from '../../../hub/auth/rbac.ts';
import { silentLog } from '../../../hub/base/log.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const options = {
  directory: fileURLToPath(new URL('../../../configs/bootstrap', import.meta.url)),
  ca: 'CA',
  frontProxyCa: 'FRONT',
  log: silentLog,
  serviceCidr: '10.152.0.0/16',
  dns: '10.152.0.10',
  address: '192.168.1.2',
  port: 16443,
};

async function fresh(t: TestContext): Promise<Registry> {
  const registry = await openTestRegistry(t);
  await ensureBootstrap(registry, options);
  return registry;
}

test('a fresh cluster has its namespaces, its Service, its roles, and people get what Kubernetes gives them', async (t) => {
  const registry = await fresh(t);
  assert.deepEqual([...registry.entries(namespaces)].map((entry) => entry.name).sort(), [
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
  ]);
  const service = registry.get(services, 'default', 'kubernetes')?.object<{ spec: { clusterIP: string } } & object>() as
    | { spec: { clusterIP: string } }
    | undefined;
  assert.equal(service?.spec.clusterIP, '10.152.0.1');
  assert.ok(registry.get(priorityClasses, '', 'system-node-critical'));
  assert.ok(registry.get(endpointSlices, 'default', 'kubernetes'));
  const rbac = createRbac(registry);
  t.after(() => rbac.stop());
  const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  const ann: User = { name: 'ann', groups: ['system:authenticated'] };
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  const path = (user: User, to: string): boolean => rbac.authorize({ user, verb: 'get', ...none, path: to }).allowed;
  assert.deepEqual(
    [path(anonymous, '/version'), path(anonymous, '/api'), path(ann, '/apis/apps/v1'), path(ann, '/metrics')],
    [true, false, true, false],
  );
  assert.equal(
    rbac.authorize({ user: ann, verb: 'get', ...none, path: '/healthz' }).reason,
    'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:authenticated"',
  );
  const view = registry.get(clusterRoles, '', 'view')?.object<ClusterRole>().rules ?? [];
  const admin = registry.get(clusterRoles, '', 'admin')?.object<ClusterRole>().rules ?? [];
  const reads = (rules: typeof view, resource: string): boolean =>
    rules.some((rule) => rule.resources?.includes(resource) && rule.verbs.includes('get'));
  assert.deepEqual(
    [reads(view, 'configmaps'), reads(view, 'secrets'), reads(admin, 'secrets'), reads(admin, 'configmaps')],
    [true, false, true, true],
  );
});

test('a second start writes nothing', async (t) => {
  const registry = await fresh(t);
  const before = registry.head().revision;
  await ensureBootstrap(registry, options);
  assert.equal(registry.head().revision, before);
});

test('missing rules and subjects come back, additions stay, and autoupdate=false is respected', async (t) => {
  const registry = await fresh(t);
  const rules = (name: string): ClusterRole['rules'] =>
    registry.get(clusterRoles, '', name)?.object<ClusterRole>().rules;
  const extra = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] };
  await registry.modify<ClusterRole>(
    clusterRoles,
    '',
    'system:basic-user',
    (role) => void Object.assign(role, { rules: [extra] }),
    asAdmin,
  );
  await registry.modify<ClusterRole>(
    clusterRoles,
    '',
    'system:discovery',
    (role) => {
      role.rules = [];
      role.metadata.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    },
    asAdmin,
  );
  await registry.modify<ClusterRoleBinding>(
    clusterRoleBindings,
    '',
    'cluster-admin',
    (binding) => void Object.assign(binding, { subjects: [] }),
    asAdmin,
  );
  await ensureBootstrap(registry, options);
  assert.deepEqual(rules('system:basic-user')?.[0], extra);
  assert.equal(rules('system:basic-user')?.length, 3);
  assert.deepEqual(rules('system:discovery') ?? [], []);
  const subjects = registry.get(clusterRoleBindings, '', 'cluster-admin')?.object<ClusterRoleBinding>().subjects;
  assert.equal(subjects?.[0]?.name, 'system:masters');
});

test('a hub that moved has its new address behind the Service, one on loopback has none', async (t) => {
  const registry = await fresh(t);
  await ensureBootstrap(registry, { ...options, address: '192.168.1.3' });
  const slice = registry.get(endpointSlices, 'default', 'kubernetes')?.object() as
    | { endpoints: { addresses: string[] }[] }
    | undefined;
  assert.deepEqual(slice?.endpoints[0]?.addresses, ['192.168.1.3']);
  const other = await openTestRegistry(t);
  await ensureBootstrap(other, { ...options, address: '127.0.0.1' });
  assert.equal(other.get(endpoints, 'default', 'kubernetes'), undefined);
});

test('the first address of a range is the next after its base', () => {
  assert.equal(firstAddress('10.152.0.0/16'), '10.152.0.1');
  assert.equal(firstAddress('fd00:1::/112'), 'fd00:1::1');
});

test('local-path is the default class of a fresh cluster, and never takes that place from another', async (t) => {
  const mark = 'storageclass.kubernetes.io/is-default-class';
  const isDefault = (registry: Registry): string | undefined =>
    registry.get(storageClasses, '', 'local-path')?.object().metadata.annotations?.[mark];
  assert.equal(isDefault(await fresh(t)), 'true');
  const registry = await openTestRegistry(t);
  const metadata = { name: 'theirs', annotations: { [mark]: 'true' } };
  const theirs = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner: 'example.com/disks' };
  await registry.create(storageClasses, '', theirs, asAdmin);
  await ensureBootstrap(registry, options);
  assert.equal(isDefault(registry), 'false');
});

test('controllers have the roles Kubernetes gives them, bound to their accounts of kube-system', async (t) => {
  const registry = await fresh(t);
  const rbac = createRbac(registry);
  t.after(() => rbac.stop());
  const may = (account: string, verb: string, group: string, resource: string, name = ''): boolean => {
    const user = { name: `system:serviceaccount:kube-system:${account}`, groups: ['system:serviceaccounts'] };
    const [plural = '', subresource = ''] = resource.split('/');
    const about = { group, version: 'v1', resource: plural, subresource, namespace: '', name };
    return rbac.authorize({ user, verb, ...about }).allowed;
  };
  for (const [account, verb, group, resource, name, allowed] of [
    ['generic-garbage-collector', 'delete', 'example.com', 'widgets', '', true],
    ['job-controller', 'create', '', 'pods', '', true],
    ['job-controller', 'create', '', 'secrets', '', false],
    ['horizontal-pod-autoscaler', 'update', 'apps', 'deployments/scale', '', true],
    ['clusterrole-aggregation-controller', 'escalate', 'rbac.authorization.k8s.io', 'clusterroles', '', true],
    ['certificate-controller', 'sign', 'certificates.k8s.io', 'signers', 'kubernetes.io/kubelet-serving', true],
    ['certificate-controller', 'approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kubelet-serving', false],
    ['statefulset-controller', 'delete', '', 'persistentvolumeclaims', '', true],
  ] as const) {
    assert.equal(may(account, verb, group, resource, name), allowed, `${account} ${verb} ${resource} ${name}`);
  }
  const controllers = [...registry.entries(clusterRoles)].filter(({ name }) => name.startsWith('system:controller:'));
  assert.equal(controllers.length, 36);
  for (const { name } of controllers) assert.ok(registry.get(clusterRoleBindings, '', name), name);
});
