/** ResourceQuotas: what is used, and that no more is given. */
import assert from 'node:assert/strict';
import { apps, container, core, type More, pod, podSpec, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

type Amounts = Record<string, string>;

function quota(hard: Amounts, more: More = {}, name = 'test-quota'): ApiObject {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name } as never, spec: { hard, ...more } };
}

/** Makes a quota and waits for its status. */
async function makeQuota(cluster: Cluster, wanted: ApiObject): Promise<ApiObject> {
  await cluster.ok('POST', core(cluster, 'resourcequotas'), wanted);
  return cluster.eventually(
    core(cluster, 'resourcequotas', wanted.metadata.name),
    (one) => one['status'].used !== undefined,
    10,
  );
}

/** Waits until the quota says these are used. */
async function used(cluster: Cluster, amounts: Amounts, name = 'test-quota'): Promise<void> {
  await cluster.eventually(
    core(cluster, 'resourcequotas', name),
    ({ status }) => Object.entries(amounts).every(([key, amount]) => status.used?.[key] === amount),
    10,
  );
}

/** A Pod of these resources that fits no node, so that it is only counted. */
function counted(name: string, requests: Amounts, limits: Amounts, more: More = {}): ApiObject {
  return pod(
    name,
    podSpec(undefined, {
      nodeSelector: { nowhere: 'yes' },
      containers: [container(undefined, { resources: { requests, limits } })],
      ...more,
    }),
  );
}

/** One object is counted while it is there; `name` is what the quota calls it. */
async function countsLife(cluster: Cluster, name: string, path: string, object: ApiObject): Promise<void> {
  const { status } = await makeQuota(cluster, quota({ [name]: '5' }));
  assert.deepEqual(status.hard, { [name]: '5' });
  const before = Number(status.used[name]);
  await cluster.ok('POST', path, object);
  await used(cluster, { [name]: String(before + 1) });
  await cluster.ok('DELETE', `${path}/${object.metadata.name}`);
  await used(cluster, { [name]: String(before) });
}

conformance('[sig-api-machinery] resource_quota.go: quota status promptly set', async (cluster) => {
  const hard = {
    pods: '5',
    services: '10',
    resourcequotas: '1',
    cpu: '1',
    memory: '500Mi',
    'requests.storage': '10Gi',
  };
  await makeQuota(cluster, quota(hard));
  const { status } = await cluster.eventually(
    core(cluster, 'resourcequotas', 'test-quota'),
    (one) => one['status'].used,
  );
  assert.deepEqual(status.hard, hard);
  await used(cluster, {
    pods: '0',
    services: '0',
    resourcequotas: '1',
    cpu: '0',
    memory: '0',
    'requests.storage': '0',
  });
});

conformance('[sig-api-machinery] resource_quota.go: quota update and delete', async (cluster) => {
  const path = core(cluster, 'resourcequotas', 'test-quota');
  await makeQuota(cluster, quota({ cpu: '1', memory: '500Mi' }));
  const body = await cluster.ok('GET', path);
  body['spec'].hard = { cpu: '2', memory: '1Gi' };
  assert.deepEqual((await cluster.ok('PUT', path, body))['spec'].hard, { cpu: '2', memory: '1Gi' });
  assert.deepEqual((await cluster.ok('GET', path))['spec'].hard, { cpu: '2', memory: '1Gi' });
  await cluster.eventually(path, (one) => one['status'].hard.cpu === '2');
  await cluster.ok('DELETE', path);
  assert.equal((await cluster.api('GET', path)).status, 404);
});

conformance('[sig-api-machinery] resource_quota.go: quota: configmap life', async (cluster) => {
  // kube-root-ca.crt counts as well
  await cluster.eventually(core(cluster, 'configmaps', 'kube-root-ca.crt'), () => true);
  await countsLife(cluster, 'configmaps', core(cluster, 'configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'test-configmap' } as never,
    data: { a: 'b' },
  });
  await used(cluster, { configmaps: '1' });
});

conformance('[sig-api-machinery] resource_quota.go: quota: secret life', (cluster) =>
  countsLife(cluster, 'secrets', core(cluster, 'secrets'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'test-secret' } as never,
    data: { a: 'dmFsdWU=' },
  }),
);

conformance('[sig-api-machinery] resource_quota.go: quota: RC life', (cluster) =>
  countsLife(
    cluster,
    'replicationcontrollers',
    core(cluster, 'replicationcontrollers'),
    workload('ReplicationController', 'test-rc', { replicas: 0 }),
  ),
);

conformance('[sig-api-machinery] resource_quota.go: quota: replicaset life', (cluster) =>
  countsLife(
    cluster,
    'count/replicasets.apps',
    apps(cluster, 'replicasets'),
    workload('ReplicaSet', 'test-rs', { replicas: 0 }),
  ),
);

conformance('[sig-api-machinery] resource_quota.go: quota: service life', async (cluster) => {
  const path = core(cluster, 'services');
  const service = (name: string, type: string): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name } as never,
    spec: { type, ports: [{ port: 80 }], selector: { app: 'none' } },
  });
  await makeQuota(cluster, quota({ services: '2', 'services.nodeports': '1', 'services.loadbalancers': '1' }));
  await cluster.ok('POST', path, service('cluster-ip', 'ClusterIP'));
  await cluster.ok('POST', path, service('node-port', 'NodePort'));
  await used(cluster, { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
  for (const type of ['NodePort', 'LoadBalancer']) {
    const refused = await cluster.api('POST', path, service('one-more', type));
    assert.equal(refused.status, 403);
    assert.match(refused.body['message'], /exceeded quota/);
  }
  for (const name of ['cluster-ip', 'node-port']) await cluster.ok('DELETE', `${path}/${name}`);
  await used(cluster, { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' });
});

conformance('[sig-api-machinery] resource_quota.go: quota: pod life', async (cluster) => {
  const device = 'requests.example.com/dongle';
  await makeQuota(cluster, quota({ pods: '5', cpu: '1', memory: '500Mi', 'ephemeral-storage': '50Gi', [device]: '3' }));
  const path = core(cluster, 'pods');
  const asks = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'example.com/dongle': '2' };
  await cluster.ok('POST', path, counted('fits', asks, { 'example.com/dongle': '2' }));
  const filled = { pods: '1', cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', [device]: '2' };
  await used(cluster, filled);
  const tooMuch = await cluster.api(
    'POST',
    path,
    counted('cpu', { cpu: '600m', memory: '100Mi', 'ephemeral-storage': '1Gi' }, {}),
  );
  assert.equal(tooMuch.status, 403);
  assert.equal(tooMuch.body['reason'], 'Forbidden');
  const devices = { cpu: '1m', memory: '1Mi', 'ephemeral-storage': '1Mi', 'example.com/dongle': '2' };
  const tooMany = await cluster.api('POST', path, counted('devices', devices, { 'example.com/dongle': '2' }));
  assert.equal(tooMany.status, 403);
  const change = await cluster.ok('GET', `${path}/fits`);
  change['spec'].containers[0].resources.requests.cpu = '100m';
  assert.equal((await cluster.api('PUT', `${path}/fits`, change)).status, 422);
  await used(cluster, filled);
  await cluster.ok('DELETE', `${path}/fits?gracePeriodSeconds=0`);
  await used(cluster, { pods: '0', cpu: '0', memory: '0', 'ephemeral-storage': '0', [device]: '0' });
});

/** Two quotas of which each counts one of two Pods. */
async function scoped(
  cluster: Cluster,
  scopes: [string, string],
  hard: Amounts,
  pods: [ApiObject, ApiObject],
): Promise<void> {
  for (const [index, scope] of scopes.entries())
    await makeQuota(cluster, quota(hard, { scopes: [scope] }, `quota-${index}`));
  for (const [index, one] of pods.entries()) {
    const [mine, other] = [`quota-${index}`, `quota-${1 - index}`];
    await cluster.ok('POST', core(cluster, 'pods'), one);
    await used(cluster, { pods: '1' }, mine);
    await used(cluster, { pods: '0' }, other);
    const { status } = await cluster.ok('GET', core(cluster, 'resourcequotas', mine));
    for (const name of Object.keys(hard)) assert.notEqual(status.used[name], '0', name);
    await cluster.ok('DELETE', `${core(cluster, 'pods', one.metadata.name)}?gracePeriodSeconds=0`);
    await used(cluster, Object.fromEntries(Object.keys(hard).map((name) => [name, '0'])), mine);
  }
}

conformance('[sig-api-machinery] resource_quota.go: quota BestEffort scopes', (cluster) =>
  scoped(cluster, ['BestEffort', 'NotBestEffort'], { pods: '5' }, [
    counted('besteffort', {}, {}),
    counted('notbesteffort', { cpu: '100m' }, { cpu: '1' }),
  ]),
);

conformance('[sig-api-machinery] resource_quota.go: quota Terminating scopes', (cluster) => {
  const hard = {
    pods: '5',
    'requests.cpu': '1',
    'requests.memory': '500Mi',
    'limits.cpu': '2',
    'limits.memory': '1Gi',
  };
  const requests = { cpu: '500m', memory: '200Mi' };
  const limits = { cpu: '1', memory: '400Mi' };
  return scoped(cluster, ['Terminating', 'NotTerminating'], hard, [
    counted('terminating', requests, limits, { activeDeadlineSeconds: 3600 }),
    counted('long-running', requests, limits),
  ]);
});

conformance('[sig-api-machinery] resource_quota.go: quota lifecycle', async (cluster) => {
  const { namespace, items, ok, patch } = cluster;
  const selector = `labelSelector=quota%3D${namespace}`;
  const wanted = quota({ cpu: '1', memory: '500Mi' });
  wanted.metadata.labels = { quota: namespace };
  await ok('POST', core(cluster, 'resourcequotas'), wanted);
  const [found, ...more] = await items(`/api/v1/resourcequotas?${selector}`);
  assert.equal(found?.metadata.namespace, namespace);
  assert.equal(more.length, 0);
  const hard = { cpu: '750m', memory: '750Mi' };
  const patched = await patch('merge', core(cluster, 'resourcequotas', 'test-quota'), { spec: { hard } });
  assert.deepEqual(patched['spec'].hard, hard);
  await ok('DELETE', `${core(cluster, 'resourcequotas')}?${selector}`);
  assert.deepEqual(await items(`/api/v1/resourcequotas?${selector}`), []);
});

conformance('[sig-api-machinery] resource_quota.go: quota status', async (cluster) => {
  const path = core(cluster, 'resourcequotas', 'test-quota');
  const { eventually, ok, patch } = cluster;
  const hard = { cpu: '500m', memory: '500Mi' };
  await makeQuota(cluster, quota(hard));
  const put = await ok('GET', `${path}/status`);
  put['status'].hard = { cpu: '1', memory: '1Gi' };
  assert.deepEqual((await ok('PUT', `${path}/status`, put))['status'].hard, { cpu: '1', memory: '1Gi' });
  const seen = await ok('GET', `${path}/status`);
  assert.deepEqual(seen['status'].hard, { cpu: '1', memory: '1Gi' });
  assert.deepEqual(seen['spec'].hard, hard);
  const patched = await patch('merge', `${path}/status`, { status: { hard: { cpu: '2', memory: '2Gi' } } });
  assert.deepEqual(patched['status'].hard, { cpu: '2', memory: '2Gi' });
  assert.deepEqual(patched['spec'].hard, hard);
  await patch('merge', path, { spec: { hard: { cpu: '600m' } } });
  await eventually(path, (one) => one['status'].hard.cpu === '600m' && one['status'].hard.memory === '500Mi');
});
