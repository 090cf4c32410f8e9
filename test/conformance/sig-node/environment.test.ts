/** What a container's environment is made of: ConfigMaps, Secrets, the Pod's own fields, and other variables. */
import assert from 'node:assert/strict';
import { container, core, logOf, type More, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';

/** The environment a container of these fields prints. */
async function environment(cluster: Cluster, more: More, spec: More = {}): Promise<Map<string, string>> {
  // not by a shell: it drops names it could not use itself
  const wanted = pod(
    'prints-env',
    podSpec(undefined, { ...spec, containers: [container('', { command: ['env'], ...more })] }),
  );
  const lines = (await logOf(cluster, wanted)).split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Names a host process can get: the shell that watches over it takes others away. */
const data = { data_1: 'value-1', data_2: 'value-2', data_3: 'value-3' };

async function makeConfigMap(cluster: Cluster): Promise<void> {
  await cluster.ok('POST', core(cluster, 'configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'source' },
    data,
  });
}

async function makeSecret(cluster: Cluster): Promise<void> {
  await cluster.ok('POST', core(cluster, 'secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'source' },
    stringData: data,
  });
}

async function oneValue(cluster: Cluster, reference: string): Promise<void> {
  const env = [{ name: 'FOUND', valueFrom: { [reference]: { name: 'source', key: 'data_1' } } }];
  assert.equal((await environment(cluster, { env })).get('FOUND'), 'value-1');
}

async function allValues(cluster: Cluster, reference: string, prefix: string): Promise<void> {
  const envFrom = [{ [reference]: { name: 'source' } }, { prefix, [reference]: { name: 'source' } }];
  const found = await environment(cluster, { envFrom });
  for (const [key, value] of Object.entries(data)) {
    assert.equal(found.get(key), value);
    assert.equal(found.get(prefix + key), value);
  }
}

conformance('[sig-node] configmap.go: ConfigMap env var', async (cluster) => {
  await makeConfigMap(cluster);
  await oneValue(cluster, 'configMapKeyRef');
});
conformance('[sig-node] configmap.go: ConfigMap envFrom', async (cluster) => {
  await makeConfigMap(cluster);
  await allValues(cluster, 'configMapRef', 'p_');
});
conformance('[sig-node] secrets.go: Secret env var', async (cluster) => {
  await makeSecret(cluster);
  await oneValue(cluster, 'secretKeyRef');
});
conformance('[sig-node] secrets.go: Secret envFrom', async (cluster) => {
  await makeSecret(cluster);
  await allValues(cluster, 'secretRef', 'p_');
});

const field = (name: string, fieldPath: string): More => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, path: string): More => ({ name, valueFrom: { resourceFieldRef: { resource: path } } });

conformance('[sig-node] downwardapi.go: name/namespace/IP env', async (cluster) => {
  const env = [field('NAME', 'metadata.name'), field('NAMESPACE', 'metadata.namespace'), field('IP', 'status.podIP')];
  const found = await environment(cluster, { env });
  assert.equal(found.get('NAME'), 'prints-env');
  assert.equal(found.get('NAMESPACE'), cluster.namespace);
  const { status } = await cluster.ok('GET', core(cluster, 'pods', 'prints-env'));
  assert.match(found.get('IP') ?? '', /^[\d.:a-f]+$/);
  if (status.podIP !== undefined) assert.equal(found.get('IP'), status.podIP);
});

conformance('[sig-node] downwardapi.go: hostIP env', async (cluster) => {
  const found = await environment(cluster, { env: [field('HOST_IP', 'status.hostIP')] });
  const { status } = await cluster.ok('GET', core(cluster, 'pods', 'prints-env'));
  assert.ok(status.hostIP);
  assert.equal(found.get('HOST_IP'), status.hostIP);
});

conformance('[sig-node] downwardapi.go: hostIPs env', async (cluster) => {
  const found = await environment(cluster, { env: [field('HOST_IPS', 'status.hostIPs')] });
  const { status } = await cluster.ok('GET', core(cluster, 'pods', 'prints-env'));
  assert.equal(found.get('HOST_IPS'), status.hostIPs.map((one: { ip: string }) => one.ip).join(','));
});

conformance('[sig-node] downwardapi.go: pod UID env', async (cluster) => {
  const found = await environment(cluster, { env: [field('POD_UID', 'metadata.uid')] });
  const { metadata } = await cluster.ok('GET', core(cluster, 'pods', 'prints-env'));
  assert.equal(found.get('POD_UID'), metadata.uid);
});

const everyAmount = [
  resource('CPU_LIMIT', 'limits.cpu'),
  resource('MEMORY_LIMIT', 'limits.memory'),
  resource('CPU_REQUEST', 'requests.cpu'),
  resource('MEMORY_REQUEST', 'requests.memory'),
];

conformance('[sig-node] downwardapi.go: resource env', async (cluster) => {
  const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } };
  const found = await environment(cluster, { env: everyAmount, resources });
  assert.equal(found.get('CPU_LIMIT'), '2');
  assert.equal(found.get('MEMORY_LIMIT'), '67108864');
  assert.equal(found.get('CPU_REQUEST'), '1');
  assert.equal(found.get('MEMORY_REQUEST'), '33554432');
});

conformance('[sig-node] downwardapi.go: default limits env', async (cluster) => {
  const found = await environment(cluster, { env: everyAmount.slice(0, 2) });
  const { spec } = await cluster.ok('GET', core(cluster, 'pods', 'prints-env'));
  const { status } = await cluster.ok('GET', `/api/v1/nodes/${spec.nodeName}`);
  assert.equal(found.get('CPU_LIMIT'), status.allocatable.cpu);
  const memory = /^(\d+)(Ki|Mi|)$/.exec(status.allocatable.memory);
  const unit = { Ki: 1024, Mi: 1024 * 1024, '': 1 }[memory?.[2] ?? ''] ?? 1;
  assert.equal(Number(found.get('MEMORY_LIMIT')), Number(memory?.[1]) * unit);
});

conformance('[sig-node] expansion.go: compose env', async (cluster) => {
  const env = [
    { name: 'FOO', value: 'foo-value' },
    { name: 'BAR', value: 'bar-value' },
    { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
  ];
  assert.equal((await environment(cluster, { env })).get('FOOBAR'), 'foo-value;;bar-value');
});

conformance('[sig-node] expansion.go: expand command', async (cluster) => {
  const main = container('', {
    command: ['/bin/sh', '-c', 'TEST_VAR=wrong echo "$(TEST_VAR)"'],
    env: [{ name: 'TEST_VAR', value: 'test-value' }],
  });
  assert.equal(await logOf(cluster, pod('expands', podSpec(undefined, { containers: [main] }))), 'test-value\n');
});

conformance('[sig-node] expansion.go: expand args', async (cluster) => {
  const main = container('', {
    command: ['/bin/sh', '-c'],
    args: ['TEST_VAR=wrong echo "$(TEST_VAR)"'],
    env: [{ name: 'TEST_VAR', value: 'test-value' }],
  });
  assert.equal(await logOf(cluster, pod('expands', podSpec(undefined, { containers: [main] }))), 'test-value\n');
});

conformance('[sig-node] pods.go: service env vars', async (cluster) => {
  await cluster.ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'fooservice' },
    spec: { ports: [{ port: 8765, targetPort: 8080 }], selector: { name: 'server' } },
  });
  const { spec } = await cluster.ok('GET', core(cluster, 'services', 'fooservice'));
  const found = await environment(cluster, {});
  const address = spec.clusterIP as string;
  for (const [name, value] of Object.entries({
    FOOSERVICE_SERVICE_HOST: address,
    FOOSERVICE_SERVICE_PORT: '8765',
    FOOSERVICE_PORT: `tcp://${address}:8765`,
    FOOSERVICE_PORT_8765_TCP: `tcp://${address}:8765`,
    FOOSERVICE_PORT_8765_TCP_PORT: '8765',
    FOOSERVICE_PORT_8765_TCP_PROTO: 'tcp',
    FOOSERVICE_PORT_8765_TCP_ADDR: address,
  })) {
    assert.equal(found.get(name), value, name);
  }
});

conformance('[sig-node] pods.go: host IP', async (cluster) => {
  await cluster.ok('POST', core(cluster, 'pods'), pod('hosted'));
  const { status } = await cluster.eventually(
    core(cluster, 'pods', 'hosted'),
    (one) => one['status'].hostIP !== undefined,
  );
  const nodes = await cluster.items('/api/v1/nodes');
  const addresses = nodes.flatMap((node) => node['status'].addresses as { address: string }[]);
  assert.ok(
    addresses.some(({ address }) => address === status.hostIP),
    status.hostIP,
  );
});
