/** PodDisruptionBudgets and evictions. */
import assert from 'node:assert/strict';
import { core, isReady, pod, podSpec, podsOf } from '../objects.ts';
import { type Answer, type ApiObject, type Cluster, conformance, createNamespace, until } from '../suite.ts';

const budgets = (cluster: Pick<Cluster, 'namespace'>, name = ''): string =>
  `/apis/policy/v1/namespaces/${cluster.namespace}/poddisruptionbudgets${name === '' ? '' : `/${name}`}`;

function budget(name: string, minAvailable: number | string): ApiObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels: { app: 'guarded' } } as never,
    spec: { minAvailable, selector: { matchLabels: { app: 'guarded' } } },
  };
}

const isObserved = ({ metadata, status }: ApiObject): boolean => status?.observedGeneration === metadata.generation;

async function makeBudget(cluster: Cluster, wanted: ApiObject): Promise<void> {
  await cluster.ok('POST', budgets(cluster), wanted);
  await cluster.eventually(budgets(cluster, wanted.metadata.name), isObserved);
}

async function runPods(cluster: Cluster, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await cluster.ok('POST', core(cluster, 'pods'), pod(`pod-${index}`, podSpec(), { app: 'guarded' }));
  }
  await until(async () => (await podsOf(cluster, 'guarded')).filter(isReady).length === count);
}

conformance('[sig-apps] disruption.go: PDB CRUD', async (cluster) => {
  const { api, eventually, ok, patch, gone } = cluster;
  const path = budgets(cluster, 'guard');
  await makeBudget(cluster, budget('guard', '1%'));
  await until(async () => {
    const now = await ok('GET', path);
    now['spec'].minAvailable = '2%';
    return (await api('PUT', path, now)).status === 200;
  });
  const updated = await eventually(path, isObserved);
  assert.equal(updated['spec'].minAvailable, '2%');
  const patched = await patch('strategic', path, { spec: { minAvailable: '3%' } });
  assert.equal(patched['spec'].minAvailable, '3%');
  await eventually(path, isObserved);
  await ok('DELETE', path);
  await gone(path);
});

conformance('[sig-apps] disruption.go: PDB list and deletecollection', async (cluster) => {
  const other = { ...cluster, namespace: `${cluster.namespace}-2` };
  await createNamespace(cluster, other.namespace);
  cluster.after(() => cluster.api('DELETE', `/api/v1/namespaces/${other.namespace}`));
  for (const name of ['one', 'two']) await makeBudget(cluster, budget(name, 1));
  await makeBudget(other, budget('three', 1));
  const mine = async (): Promise<string[]> =>
    (await cluster.items('/apis/policy/v1/poddisruptionbudgets?labelSelector=app%3Dguarded'))
      .filter((one) => one.metadata.namespace.startsWith(cluster.namespace))
      .map((one) => one.metadata.name);
  assert.deepEqual(await mine(), ['one', 'two', 'three']);
  await cluster.ok('DELETE', `${budgets(cluster)}?labelSelector=app%3Dguarded`);
  await until(async () => (await mine()).length === 1);
  assert.deepEqual(await mine(), ['three']);
});

conformance('[sig-apps] disruption.go: PDB status observed', async (cluster) => {
  await makeBudget(cluster, budget('guard', 1));
  await runPods(cluster, 2);
  const { status } = await cluster.eventually(budgets(cluster, 'guard'), (one) => one['status'].disruptionsAllowed > 0);
  assert.equal(status.disruptionsAllowed, 1);
  assert.equal(status.currentHealthy, 2);
  assert.equal(status.desiredHealthy, 1);
  assert.equal(status.expectedPods, 2);
});

conformance('[sig-apps] disruption.go: PDB status update/patch', async (cluster) => {
  const { api, ok, patch } = cluster;
  await makeBudget(cluster, budget('guard', 1));
  await runPods(cluster, 3);
  const path = budgets(cluster, 'guard');
  await cluster.eventually(path, (one) => one['status'].currentHealthy === 3);
  const now = (): string => new Date().toISOString().replace(/\.\d+Z/, 'Z');
  let put: Answer<ApiObject> | undefined;
  await until(async () => {
    const old = await ok('GET', `${path}/status`);
    old['status'].disruptedPods = { 'pod-0': now() };
    put = await api('PUT', `${path}/status`, old);
    return put.status === 200;
  });
  assert.deepEqual(Object.keys(put?.body['status'].disruptedPods), ['pod-0']);
  assert.deepEqual(Object.keys((await ok('GET', path))['status'].disruptedPods), ['pod-0']);
  const { status } = await patch('merge', `${path}/status`, { status: { disruptedPods: { 'pod-1': now() } } });
  assert.deepEqual(Object.keys(status.disruptedPods).sort(), ['pod-0', 'pod-1']);
  assert.deepEqual(Object.keys((await ok('GET', path))['status'].disruptedPods).sort(), ['pod-0', 'pod-1']);
});

conformance('[sig-apps] disruption.go: eviction blocked by PDB', async (cluster) => {
  const { api, ok, patch } = cluster;
  const path = budgets(cluster, 'guard');
  const evict = async (): Promise<Answer<ApiObject>> => {
    const [first] = (await podsOf(cluster, 'guarded')).filter((one) => one.metadata.deletionTimestamp === undefined);
    const name = first?.metadata.name ?? '';
    return api('POST', `${core(cluster, 'pods', name)}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: cluster.namespace },
    });
  };
  const refused = async (): Promise<void> => {
    const { status, body } = await evict();
    assert.equal(status, 429);
    assert.equal(body['details'].causes[0].reason, 'DisruptionBudget');
  };
  await runPods(cluster, 3);
  await makeBudget(cluster, budget('guard', 3));
  await cluster.eventually(path, (one) => one['status'].currentHealthy === 3);
  await refused();

  await until(async () => {
    const now = await ok('GET', path);
    now['spec'].minAvailable = 2;
    return (await api('PUT', path, now)).status === 200;
  });
  await cluster.eventually(path, (one) => isObserved(one) && one['status'].disruptionsAllowed === 1);
  assert.equal((await evict()).status, 201);
  await until(async () => (await podsOf(cluster, 'guarded')).length === 2);

  await cluster.eventually(path, (one) => one['status'].currentHealthy === 2);
  await refused();
  await patch('strategic', path, { spec: { minAvailable: 1 } });
  await cluster.eventually(path, (one) => isObserved(one) && one['status'].disruptionsAllowed === 1);
  assert.equal((await evict()).status, 201);
  await until(async () => (await podsOf(cluster, 'guarded')).length === 1);

  await refused();
  await ok('DELETE', path);
  assert.equal((await evict()).status, 201);
  await until(async () => (await podsOf(cluster, 'guarded')).length === 0);
});
