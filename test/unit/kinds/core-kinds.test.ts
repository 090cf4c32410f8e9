/** Defaults, checks and rows of Services, configuration, nodes and access. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../../hub/api/config.ts';
import type { Service } from '../../../hub/api/service.ts';
import { changeFaults, created, faults, strategy } from './made.ts';

const cells = (group: string, kind: string, parts: Record<string, unknown>) =>
  strategy(group, kind).cells(created(group, kind, parts), 0);

test('a Service leads to the port of its own number', () => {
  const { spec, status } = created<Service>('', 'Service', { spec: { ports: [{ port: 80 }] } });
  assert.deepEqual(spec, {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
  assert.deepEqual(status, { loadBalancer: {} });
});

test('a Service prints its ports and where it waits for an address', () => {
  const ports = [{ name: 'a', port: 80, nodePort: 30_080 }];
  assert.deepEqual(cells('', 'Service', { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports } }).slice(1, 5), [
    'LoadBalancer',
    '10.0.0.1',
    '<pending>',
    '80:30080/TCP',
  ]);
});

test('an address once given to a Service stays', () => {
  const spec = (clusterIP: string) => ({ spec: { clusterIP, ports: [{ port: 80 }] } });
  const other = spec('10.0.0.2');
  const full = { spec: { ...other.spec, clusterIPs: ['10.0.0.2'] } };
  assert.match(changeFaults('', 'Service', spec('10.0.0.1'), full)[0] ?? '', /may not change once set$/);
  assert.match(changeFaults('', 'Service', spec('10.0.0.1'), other)[0] ?? '', /primary clusterIP can not be unset$/);
  assert.deepEqual(changeFaults('', 'Service', spec('10.0.0.1'), { spec: { ports: [{ port: 81 }] } }), []);
});

test('node ports are for those who have them', () => {
  assert.deepEqual(faults('', 'Service', { spec: { ports: [{ port: 1, nodePort: 30_100 }] } }), [
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ]);
});

test('what is written as text in a Secret is kept as bytes', () => {
  const secret = created<Secret>('', 'Secret', { data: { a: 'eA==' }, stringData: { a: 'hi', b: '' } });
  assert.deepEqual(secret.data, { a: 'aGk=', b: '' });
  assert.equal(secret.stringData, undefined);
  assert.equal(secret.type, 'Opaque');
});

test('what is immutable stays', () => {
  const before = { immutable: true, data: { a: 'x' } };
  assert.deepEqual(changeFaults('', 'ConfigMap', before, { immutable: true, data: { a: 'y' } }), [
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
  assert.deepEqual(changeFaults('', 'ConfigMap', before, { ...before, metadata: { labels: { a: 'b' } } }), []);
});

test('keys of configuration are names of files', () => {
  assert.deepEqual(faults('', 'ConfigMap', { data: { '..': 'x' } }), [
    'data[..]: Invalid value: "..": must not be \'..\'',
  ]);
});

test('a ConfigMap is at most one mebibyte', () => {
  assert.deepEqual(faults('', 'ConfigMap', { data: { a: 'x'.repeat(1_048_576) } }), []);
  assert.deepEqual(faults('', 'ConfigMap', { data: { a: 'é'.repeat(524_289) } }), [
    '[]: Too long: may not be more than 1048576 bytes',
  ]);
});

test('a node prints how it is and what it is for', () => {
  const parts = {
    metadata: { labels: { 'node-role.kubernetes.io/edge': '', 'node-role.kubernetes.io/control-plane': '' } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.9' }],
    },
  };
  assert.deepEqual(cells('', 'Node', parts).slice(1, 6), [
    'NotReady,SchedulingDisabled',
    'control-plane,edge',
    '<unknown>',
    '',
    '10.0.0.9',
  ]);
});

test('a namespace carries its name and the finalizer of its controller', () => {
  const made = created('', 'Namespace', { metadata: { name: 'a' } });
  assert.deepEqual(made.metadata.labels, { 'kubernetes.io/metadata.name': 'a' });
  assert.deepEqual([made.spec, made.status], [{ finalizers: ['kubernetes'] }, { phase: 'Active' }]);
});

test('a rule that names nothing is refused', () => {
  assert.deepEqual(faults('rbac.authorization.k8s.io', 'Role', { rules: [{ verbs: ['get'] }] }), [
    'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    'rules[0].resources: Required value: resource rules must supply at least one resource',
  ]);
});

test('a binding never comes to mean another role', () => {
  const binding = (name: string) => ({ roleRef: { kind: 'Role', name } });
  const [fault = ''] = changeFaults('rbac.authorization.k8s.io', 'RoleBinding', binding('a'), binding('b'));
  assert.match(fault, /^roleRef: Invalid value: .*: cannot change roleRef$/);
});

test('every kind has columns, and as many cells', () => {
  for (const [group, kind] of [
    ['', 'Event'],
    ['', 'PersistentVolumeClaim'],
    ['apps', 'StatefulSet'],
    ['networking.k8s.io', 'Ingress'],
    ['storage.k8s.io', 'StorageClass'],
    ['policy', 'PodDisruptionBudget'],
    ['coordination.k8s.io', 'Lease'],
    ['example.com', 'Unknown'],
  ] as const) {
    assert.equal(cells(group, kind, {}).length, strategy(group, kind).columns.length, kind);
  }
});
