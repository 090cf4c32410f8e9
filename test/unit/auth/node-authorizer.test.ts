/** Least privilege of nodes: a table of requests of node `a`, with Pods on `a` and `b`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { namespaces, persistentVolumes, pods } from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import { createAuthorizer } from '../../../hub/auth/authorizer.ts';
import { createNodeAuthorizer } from '../../../hub/auth/node-authorizer.ts';
import { createRbac } from '../../../hub/auth/rbac.ts';
import { asAdmin } from '../../support/objects.ts';
import { volumeObject } from '../../support/volumes.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const nodeA: User = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };

const pod = (name: string, nodeName: string, suffix: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'x' },
  spec: {
    nodeName,
    serviceAccountName: `account-${suffix}`,
    imagePullSecrets: [{ name: `pull-${suffix}` }],
    initContainers: [{ name: 'i', image: 'i', envFrom: [{ secretRef: { name: `init-${suffix}` } }] }],
    containers: [
      {
        name: 'c',
        image: 'i',
        env: [
          { name: 'S', valueFrom: { secretKeyRef: { name: `env-${suffix}`, key: 'k' } } },
          { name: 'C', valueFrom: { configMapKeyRef: { name: `env-${suffix}`, key: 'k' } } },
        ],
      },
    ],
    volumes: [
      { name: 's', secret: { secretName: `volume-${suffix}` } },
      { name: 'c', configMap: { name: `volume-${suffix}` } },
      {
        name: 'p',
        projected: {
          sources: [{ secret: { name: `projected-${suffix}` } }, { configMap: { name: `root-${suffix}` } }],
        },
      },
      { name: 'v', persistentVolumeClaim: { claimName: `claim-${suffix}` } },
      { name: 'd', csi: { driver: 'd', nodePublishSecretRef: { name: `csi-${suffix}` } } },
    ],
  },
});

/** verb, resource[/sub][.group], namespace/name, allowed. */
const table: [string, string, string, boolean][] = [
  ['create', 'certificatesigningrequests.certificates.k8s.io', '', true],
  ['watch', 'certificatesigningrequests.certificates.k8s.io', '/mine', true],
  ['delete', 'certificatesigningrequests.certificates.k8s.io', '/mine', false],
  ['update', 'certificatesigningrequests/approval.certificates.k8s.io', '/mine', false],
  ['get', 'secrets', 'x/pull-a', true],
  ['get', 'secrets', 'x/init-a', true],
  ['get', 'secrets', 'x/env-a', true],
  ['watch', 'secrets', 'x/volume-a', true],
  ['get', 'secrets', 'x/projected-a', true],
  ['get', 'secrets', 'x/csi-a', true],
  ['get', 'secrets', 'x/volume-b', false],
  ['get', 'secrets', 'y/volume-a', false],
  ['get', 'secrets', 'x/root-a', false],
  ['list', 'secrets', 'x/', false],
  ['list', 'secrets', '', false],
  ['update', 'secrets', 'x/volume-a', false],
  ['delete', 'secrets', 'x/volume-a', false],
  ['get', 'configmaps', 'x/env-a', true],
  ['get', 'configmaps', 'x/volume-a', true],
  ['get', 'configmaps', 'x/root-a', true],
  ['get', 'configmaps', 'x/volume-b', false],
  ['list', 'configmaps', 'x/', false],
  ['get', 'persistentvolumeclaims', 'x/claim-a', true],
  ['get', 'persistentvolumeclaims', 'x/claim-b', false],
  ['get', 'persistentvolumes', '/volume-a', true],
  ['list', 'persistentvolumes', '', false],
  ['update', 'persistentvolumes', '/volume-a', false],
  ['get', 'persistentvolumes', '/volume-b', false],
  ['create', 'serviceaccounts/token', 'x/account-a', true],
  ['create', 'serviceaccounts/token', 'x/account-b', false],
  ['get', 'serviceaccounts', 'x/account-a', false],
  ['get', 'pods', 'x/mine', true],
  ['get', 'pods', 'x/theirs', false],
  ['list', 'pods', 'x/', false],
  ['patch', 'pods/status', 'x/mine', true],
  ['patch', 'pods/status', 'x/theirs', false],
  ['patch', 'pods', 'x/mine', false],
  ['delete', 'pods', 'x/mine', true],
  ['delete', 'pods', 'x/theirs', false],
  ['create', 'pods', 'x/new', false],
  ['create', 'pods/exec', 'x/mine', false],
  ['get', 'nodes', '/a', true],
  ['get', 'nodes', '/b', false],
  ['list', 'nodes', '', false],
  ['patch', 'nodes/status', '/a', true],
  ['patch', 'nodes/status', '/b', false],
  ['delete', 'nodes', '/a', false],
  ['create', 'nodes', '/', true],
  ['create', 'nodes', '/b', false],
  ['update', 'leases.coordination.k8s.io', 'kube-node-lease/a', true],
  ['update', 'leases.coordination.k8s.io', 'kube-node-lease/b', false],
  ['update', 'leases.coordination.k8s.io', 'kube-system/a', false],
  ['list', 'services', '', true],
  ['watch', 'endpointslices.discovery.k8s.io', '', true],
  ['update', 'services', 'x/s', false],
  ['create', 'events', 'x/', true],
  ['list', 'events', 'x/', false],
  ['get', 'roles.rbac.authorization.k8s.io', 'x/r', false],
];

test('a node may do what its Pods need and nothing else', async (t) => {
  const registry = await openTestRegistry(t);
  await registry.create(namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, asAdmin);
  await registry.create(pods, 'x', pod('mine', 'a', 'a'), asAdmin);
  await registry.create(pods, 'x', pod('theirs', 'b', 'b'), asAdmin);
  for (const name of ['a', 'b']) {
    await registry.create(
      persistentVolumes,
      '',
      volumeObject(`volume-${name}`, { namespace: 'x', name: `claim-${name}` }),
      asAdmin,
    );
  }
  const rbac = createRbac(registry);
  t.after(() => rbac.stop());
  const authorizer = createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac });
  const decide = (user: User, verb: string, what: string, where: string) => {
    const [named = '', ...group] = what.split('.');
    const [resource = '', subresource = ''] = named.split('/');
    const [namespace = '', name = ''] = where.split('/');
    return authorizer.authorize({
      user,
      verb,
      group: group.join('.'),
      version: 'v1',
      resource,
      subresource,
      namespace,
      name,
    });
  };
  for (const [verb, what, where, expected] of table) {
    assert.equal(decide(nodeA, verb, what, where).allowed, expected, `${verb} ${what} ${where}`);
  }
  assert.equal(
    decide(nodeA, 'get', 'secrets', 'x/volume-b').reason,
    "no relationship found between node 'a' and this object",
  );
  const groupless: User = { name: 'system:node:a', groups: ['system:authenticated'] };
  assert.equal(decide(groupless, 'get', 'secrets', 'x/volume-a').allowed, false);
  await registry.delete(pods, 'x', 'mine', { ...asAdmin, gracePeriodSeconds: 0 });
  assert.equal(decide(nodeA, 'get', 'secrets', 'x/volume-a').allowed, false, 'with the Pod goes the right');
});
