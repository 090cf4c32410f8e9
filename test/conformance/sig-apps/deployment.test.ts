/** Deployments. */
import assert from 'node:assert/strict';
import { apps, core, isReady, podsOf, type WorkloadOptions, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { assertCollection, assertScales, assertStatusWrites, isRolledOut } from '../workloads.ts';

const image = (name: string): object => ({
  spec: { template: { spec: { containers: [{ name: 'main', image: name }] } } },
});
const revisionOf = (object: ApiObject): string | undefined =>
  object.metadata.annotations?.['deployment.kubernetes.io/revision'];

/** Makes a Deployment called `web` and waits for its rollout. */
async function deploy(cluster: Cluster, replicas: number, options: WorkloadOptions = {}): Promise<string> {
  await cluster.ok('POST', apps(cluster, 'deployments'), workload('Deployment', 'web', { replicas, ...options }));
  const path = apps(cluster, 'deployments', 'web');
  await cluster.eventually(path, isRolledOut(replicas));
  return path;
}

const sets = (cluster: Cluster): Promise<ApiObject[]> => cluster.items(apps(cluster, 'replicasets'));
const setOf = async (cluster: Cluster, used: string): Promise<ApiObject | undefined> =>
  (await sets(cluster)).find((one) => one['spec'].template.spec.containers[0].image === used);

conformance('[sig-apps] deployment.go: scale subresource', async (cluster) => {
  const path = await deploy(cluster, 1);
  await assertScales(cluster, path, 1);
  await cluster.eventually(path, isRolledOut(4));
});

conformance('[sig-apps] deployment.go: Deployment status', async (cluster) => {
  await assertStatusWrites(cluster, await deploy(cluster, 1));
});

conformance('[sig-apps] deployment.go: Recreate', async (cluster) => {
  const path = await deploy(cluster, 2, { more: { strategy: { type: 'Recreate' } } });
  const before = new Set((await podsOf(cluster, 'web')).map((one) => one.metadata.uid));
  const { resourceVersion } = (await cluster.ok('GET', core(cluster, 'pods'))).metadata;
  const watch = await cluster.watch(`${core(cluster, 'pods')}?watch=true&resourceVersion=${resourceVersion}`);
  await cluster.patch('strategic', path, image('busybox:1.38'));
  await cluster.eventually(path, isRolledOut(2));
  const left = new Set(before);
  for (const { type, object } of watch.events) {
    // a Pod that has ended runs beside nobody, also while it is still to be seen
    const hasEnded = ['Succeeded', 'Failed'].includes(object['status']?.phase);
    if (type === 'DELETED' || hasEnded) left.delete(object.metadata.uid);
    if (before.has(object.metadata.uid)) continue;
    assert.equal(left.size, 0, 'a Pod of the new revision came before the last old one had ended');
  }
  assert.ok((await podsOf(cluster, 'web')).every((one) => !before.has(one.metadata.uid)));
});

conformance('[sig-apps] deployment.go: RollingUpdate', async (cluster) => {
  const bare = workload('ReplicaSet', 'web', { replicas: 1 });
  bare.metadata.annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' };
  await cluster.ok('POST', apps(cluster, 'replicasets'), bare);
  await cluster.eventually(apps(cluster, 'replicasets', 'web'), isRolledOut(1));
  const wanted = workload('Deployment', 'web', { replicas: 1 });
  wanted['spec'].template.spec.containers[0].image = 'busybox:1.38';
  const { metadata } = await cluster.ok('POST', apps(cluster, 'deployments'), wanted);
  const path = apps(cluster, 'deployments', 'web');
  const done = await cluster.eventually(
    path,
    (one) => revisionOf(one) === '3546343826724305833' && isRolledOut(1)(one) && one['status'].updatedReplicas === 1,
  );
  assert.equal(done.metadata.uid, metadata.uid);
  const adopted = await cluster.eventually(apps(cluster, 'replicasets', 'web'), (one) => one['status'].replicas === 0);
  assert.equal(adopted['spec'].replicas, 0);
  assert.equal(adopted.metadata.ownerReferences?.[0]?.uid, metadata.uid);
  const made = await setOf(cluster, 'busybox:1.38');
  assert.equal(revisionOf(made as ApiObject), '3546343826724305833');
});

conformance('[sig-apps] deployment.go: revisionHistoryLimit', async (cluster) => {
  const path = await deploy(cluster, 1, { more: { revisionHistoryLimit: 0 } });
  await cluster.patch('strategic', path, image('busybox:1.38'));
  await cluster.eventually(path, isRolledOut(1));
  await until(async () => (await sets(cluster)).length === 1);
  assert.ok(await setOf(cluster, 'busybox:1.38'));
});

conformance('[sig-apps] deployment.go: proportional scaling', async (cluster) => {
  const path = await deploy(cluster, 10, {
    more: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
  });
  // a revision that never runs: no command, and no image anybody could pull
  const broken = [{ name: 'main', image: 'example.com/none:404', command: ['/no/such/program'] }];
  await cluster.patch('merge', path, { spec: { template: { spec: { containers: broken } } } });
  const sizes = async (): Promise<(number | undefined)[]> =>
    [await setOf(cluster, 'busybox:1'), await setOf(cluster, 'example.com/none:404')].map(
      (one) => one?.['spec'].replicas,
    );
  await until(async () => JSON.stringify(await sizes()) === '[8,5]');
  await cluster.eventually(path, ({ status }) => status.availableReplicas === 8 && status.unavailableReplicas === 5);
  await cluster.patch('merge', path, { spec: { replicas: 30 } });
  await until(async () => JSON.stringify(await sizes()) === '[20,13]');
  for (const one of await sets(cluster)) {
    assert.equal(one.metadata.annotations?.['deployment.kubernetes.io/desired-replicas'], '30');
    assert.equal(one.metadata.annotations?.['deployment.kubernetes.io/max-replicas'], '33');
  }
});

conformance('[sig-apps] deployment.go: rollover', async (cluster) => {
  const bare = workload('ReplicaSet', 'web', { replicas: 1 });
  await cluster.ok('POST', apps(cluster, 'replicasets'), bare);
  await cluster.eventually(apps(cluster, 'replicasets', 'web'), isRolledOut(1));
  const broken = workload('Deployment', 'web', {
    replicas: 1,
    more: { minReadySeconds: 2, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } },
  });
  broken['spec'].template.spec.containers[0] = { name: 'main', image: 'broken', command: ['/no/such/program'] };
  await cluster.ok('POST', apps(cluster, 'deployments'), broken);
  await until(async () => (await setOf(cluster, 'broken'))?.['status'].replicas === 1);
  const path = apps(cluster, 'deployments', 'web');
  const containers = workload('Deployment', 'web')['spec'].template.spec.containers;
  const began = Date.now();
  await cluster.patch('merge', path, {
    spec: { template: { spec: { containers: [{ ...containers[0], image: 'busybox:1.38' }] } } },
  });
  await cluster.eventually(path, (one) => isRolledOut(1)(one) && one['status'].availableReplicas === 1);
  // times of conditions are whole seconds, cut
  assert.ok(Date.now() - began >= 1000, 'minReadySeconds had not passed');
  const newest = await setOf(cluster, 'busybox:1.38');
  for (const one of await sets(cluster)) {
    assert.equal(one['spec'].replicas, one.metadata.uid === newest?.metadata.uid ? 1 : 0);
  }
  await until(async () => (await podsOf(cluster, 'web')).filter(isReady).length === 1);
});

conformance('[sig-apps] deployment.go: Deployment lifecycle', async (cluster) => {
  const { api, ok, patch } = cluster;
  const all = apps(cluster, 'deployments');
  const watch = await cluster.watch(`${all}?watch=true&labelSelector=app%3Dweb`);
  const seen = (type: string, wanted: (object: ApiObject) => boolean): Promise<void> =>
    until(() => watch.events.some((event) => event.type === type && wanted(event.object)));
  const path = await deploy(cluster, 1);
  await seen('ADDED', () => true);
  await patch('strategic', path, { metadata: { labels: { patched: 'yes' } }, ...image('busybox:1.38') });
  await seen('MODIFIED', (one) => one.metadata.labels?.['patched'] === 'yes' && isRolledOut(1)(one));
  await until(async () => {
    const now = await ok('GET', path);
    now['spec'].replicas = 2;
    return (await api('PUT', path, now)).status === 200;
  });
  await seen('MODIFIED', isRolledOut(2));
  assert.equal((await ok('GET', `${path}/status`))['status'].readyReplicas, 2);
  await patch('merge', `${path}/status`, {
    metadata: { annotations: { status: 'patched' } },
    status: { readyReplicas: 0, availableReplicas: 0 },
  });
  await seen('MODIFIED', (one) => one.metadata.annotations?.['status'] === 'patched');
  await until(async () => {
    const now = await ok('GET', `${path}/status`);
    now['status'].conditions.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E' });
    return (await api('PUT', `${path}/status`, now)).status === 200;
  });
  await seen('MODIFIED', ({ status }) =>
    status.conditions?.some((one: { type: string }) => one.type === 'StatusUpdate'),
  );
  await assertCollection(cluster, all, 'web');
  await seen('DELETED', () => true);
});
