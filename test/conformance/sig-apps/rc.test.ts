/** ReplicationControllers. */
import assert from 'node:assert/strict';
import { core, hasCondition, pod, podSpec, podsOf, workload } from '../objects.ts';
import { type ApiObject, conformance, until } from '../suite.ts';
import { freePort, webSpec } from '../web-server.ts';
import { assertReleases, assertServes, isRolledOut } from '../workloads.ts';

const controller = (name: string, replicas: number): ApiObject => workload('ReplicationController', name, { replicas });

conformance('[sig-apps] rc.go: RC adopts pod', async (cluster) => {
  const made = await cluster.ok('POST', core(cluster, 'pods'), pod('orphan', podSpec(), { app: 'adopts' }));
  const { metadata } = await cluster.ok('POST', core(cluster, 'replicationcontrollers'), controller('adopts', 1));
  const adopted = await cluster.eventually(
    core(cluster, 'pods', 'orphan'),
    (one) => one.metadata.ownerReferences?.[0]?.uid === metadata.uid,
  );
  assert.equal(adopted.metadata.uid, made.metadata.uid);
  assert.equal((await podsOf(cluster, 'adopts')).length, 1);
});

conformance('[sig-apps] rc.go: RC releases pod', async (cluster) => {
  await cluster.ok('POST', core(cluster, 'replicationcontrollers'), controller('releases', 1));
  await until(async () => (await podsOf(cluster, 'releases')).length === 1);
  const [first] = await podsOf(cluster, 'releases');
  await assertReleases(cluster, 'releases', first?.metadata.name ?? '');
});

conformance('[sig-apps] rc.go: RC scale', async (cluster) => {
  const path = core(cluster, 'replicationcontrollers', 'scaled');
  await cluster.ok('POST', core(cluster, 'replicationcontrollers'), controller('scaled', 1));
  await cluster.eventually(path, isRolledOut(1));
  const scale = await cluster.ok('GET', `${path}/scale`);
  assert.equal(scale['spec'].replicas, 1);
  assert.equal(scale['status'].replicas, 1);
  scale['spec'].replicas = 2;
  delete (scale.metadata as { resourceVersion?: string }).resourceVersion;
  assert.equal((await cluster.ok('PUT', `${path}/scale`, scale))['spec'].replicas, 2);
  await cluster.eventually(path, isRolledOut(2));
});

conformance('[sig-apps] rc.go: quota failure condition', async (cluster) => {
  const { eventually, ok, patch } = cluster;
  const path = core(cluster, 'replicationcontrollers', 'condition-test');
  await ok('POST', core(cluster, 'resourcequotas'), {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'condition-test' },
    spec: { hard: { pods: '2' } },
  });
  await eventually(core(cluster, 'resourcequotas', 'condition-test'), (one) => one['status'].hard?.pods === '2');
  await ok('POST', core(cluster, 'replicationcontrollers'), controller('condition-test', 3));
  await eventually(path, (one) => hasCondition(one, 'ReplicaFailure'));
  await patch('merge', path, { spec: { replicas: 2 } });
  await eventually(path, (one) => !hasCondition(one, 'ReplicaFailure') && one['status'].replicas === 2);
});

conformance('[sig-apps] rc.go: RC lifecycle', async (cluster) => {
  const { api, items, namespace, ok, patch } = cluster;
  const all = core(cluster, 'replicationcontrollers');
  const path = `${all}/lifecycle`;
  const watch = await cluster.watch(`${all}?watch=true&labelSelector=life%3D${namespace}`);
  const seen = (type: string, wanted: (object: ApiObject) => boolean): Promise<void> =>
    until(() => watch.events.some((event) => event.type === type && wanted(event.object)));
  const wanted = controller('lifecycle', 1);
  wanted.metadata.labels = { ...wanted.metadata.labels, life: namespace };
  await ok('POST', all, wanted);
  await seen('ADDED', () => true);
  await seen('MODIFIED', ({ status }) => status.readyReplicas === 1);

  await patch('strategic', path, { metadata: { labels: { patched: 'yes' } } });
  await seen('MODIFIED', ({ metadata }) => metadata.labels?.['patched'] === 'yes');

  assert.equal((await ok('GET', `${path}/status`))['status'].replicas, 1);
  const patched = await patch('strategic', `${path}/status`, { status: { readyReplicas: 0, availableReplicas: 0 } });
  assert.equal(patched['status'].readyReplicas ?? 0, 0);
  await seen('MODIFIED', ({ status }) => (status.readyReplicas ?? 0) === 0 && status.replicas === 1);

  assert.equal((await patch('strategic', `${path}/scale`, { spec: { replicas: 2 } }))['spec'].replicas, 2);
  await seen('MODIFIED', ({ spec, status }) => spec.replicas === 2 && status.readyReplicas === 2);

  await until(async () => {
    const now = await ok('GET', path);
    now.metadata.annotations = { updated: 'yes' };
    return (await api('PUT', path, now)).status === 200;
  });
  await seen('MODIFIED', ({ metadata }) => metadata.annotations?.['updated'] === 'yes');
  const found = await items(`/api/v1/replicationcontrollers?labelSelector=life%3D${namespace}`);
  assert.deepEqual(
    found.map((one) => one.metadata.name),
    ['lifecycle'],
  );
  await ok('DELETE', `${all}?labelSelector=life%3D${namespace}`);
  await seen('DELETED', () => true);
});

conformance('[sig-apps] rc.go: serve basic image', async (cluster) => {
  const template = webSpec(cluster, { port: await freePort() });
  const wanted = workload('ReplicationController', 'basic', { replicas: 1, template });
  await cluster.ok('POST', core(cluster, 'replicationcontrollers'), wanted);
  await assertServes(cluster, 'basic');
});
