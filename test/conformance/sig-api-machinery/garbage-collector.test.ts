/** What goes with an owner, and what stays. */
import assert from 'node:assert/strict';
import { apps, core, pod, podsOf, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const deleteOptions = (propagationPolicy: string, uid?: string): object => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  propagationPolicy,
  ...(uid === undefined ? {} : { preconditions: { uid } }),
});

/** Makes a controller of `replicas` Pods and waits until they are there. */
async function controller(cluster: Cluster, name: string, replicas: number): Promise<ApiObject> {
  const made = await cluster.ok(
    'POST',
    core(cluster, 'replicationcontrollers'),
    workload('ReplicationController', name, { replicas }),
  );
  await until(async () => (await podsOf(cluster, name)).length === replicas);
  return made;
}

/** Makes a Deployment and waits for its ReplicaSet. */
async function deployment(cluster: Cluster, name: string): Promise<ApiObject> {
  await cluster.ok('POST', apps(cluster, 'deployments'), workload('Deployment', name, { replicas: 2 }));
  await until(async () => (await cluster.items(apps(cluster, 'replicasets'))).length === 1);
  await until(async () => (await podsOf(cluster, name)).length === 2);
  const [set] = await cluster.items(apps(cluster, 'replicasets'));
  return set as ApiObject;
}

conformance('[sig-api-machinery] garbage_collector.go: background delete RC', async (cluster) => {
  const { metadata } = await controller(cluster, 'background', 2);
  const path = core(cluster, 'replicationcontrollers', 'background');
  const other = await cluster.api('DELETE', path, deleteOptions('Background', '00000000-0000-0000-0000-000000000000'));
  assert.equal(other.status, 409);
  await cluster.ok('DELETE', path, deleteOptions('Background', metadata.uid));
  await cluster.gone(path);
  await until(async () => (await podsOf(cluster, 'background')).length === 0);
});

conformance('[sig-api-machinery] garbage_collector.go: background delete Deployment', async (cluster) => {
  await deployment(cluster, 'web');
  await cluster.ok('DELETE', apps(cluster, 'deployments', 'web'), deleteOptions('Background'));
  await until(async () => (await cluster.items(apps(cluster, 'replicasets'))).length === 0);
  await until(async () => (await podsOf(cluster, 'web')).length === 0);
});

conformance('[sig-api-machinery] garbage_collector.go: orphan RS', async (cluster) => {
  const set = await deployment(cluster, 'web');
  assert.equal(set.metadata.ownerReferences?.[0]?.kind, 'Deployment');
  await cluster.ok('DELETE', apps(cluster, 'deployments', 'web'), deleteOptions('Orphan'));
  await cluster.gone(apps(cluster, 'deployments', 'web'));
  const left = await cluster.eventually(
    apps(cluster, 'replicasets', set.metadata.name),
    (one) => one.metadata.ownerReferences === undefined,
  );
  assert.equal(left.metadata.deletionTimestamp, undefined);
  assert.equal((await podsOf(cluster, 'web')).length, 2);
});

conformance('[sig-api-machinery] garbage_collector.go: orphan RC pods', async (cluster) => {
  await controller(cluster, 'orphans', 5);
  const path = core(cluster, 'replicationcontrollers', 'orphans');
  await cluster.ok('DELETE', path, deleteOptions('Orphan'));
  await cluster.gone(path);
  // long enough for a collector to make a mistake; ours acts within milliseconds
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const left = await podsOf(cluster, 'orphans');
  assert.equal(left.length, 5);
  for (const { metadata } of left) {
    assert.equal(metadata.deletionTimestamp, undefined);
    assert.equal(metadata.ownerReferences, undefined);
  }
});

conformance('[sig-api-machinery] garbage_collector.go: foreground delete RC', async (cluster) => {
  await controller(cluster, 'foreground', 3);
  const path = core(cluster, 'replicationcontrollers', 'foreground');
  // one Pod that is held makes the order visible
  const [first] = await podsOf(cluster, 'foreground');
  const held = core(cluster, 'pods', first?.metadata.name);
  await cluster.patch('merge', held, { metadata: { finalizers: ['example.com/hold'] } });
  const answer = await cluster.ok('DELETE', path, deleteOptions('Foreground'));
  assert.ok(answer.metadata.deletionTimestamp);
  assert.deepEqual(answer.metadata.finalizers, ['foregroundDeletion']);
  await until(async () => (await podsOf(cluster, 'foreground')).length === 1);
  assert.equal((await cluster.api('GET', path)).status, 200);
  await cluster.patch('merge', held, { metadata: { finalizers: null } });
  await cluster.gone(path);
  assert.equal((await podsOf(cluster, 'foreground')).length, 0);
});

conformance('[sig-api-machinery] garbage_collector.go: two owners', async (cluster) => {
  const stays = await controller(cluster, 'stays', 0);
  await controller(cluster, 'goes', 4);
  const reference = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    name: 'stays',
    uid: stays.metadata.uid,
  };
  const shared = (await podsOf(cluster, 'goes')).slice(0, 2).map((one) => one.metadata.name);
  for (const name of shared) {
    await cluster.patch('json', core(cluster, 'pods', name), [
      { op: 'add', path: '/metadata/ownerReferences/-', value: reference },
    ]);
  }
  await cluster.ok('DELETE', core(cluster, 'replicationcontrollers', 'goes'), deleteOptions('Foreground'));
  await cluster.gone(core(cluster, 'replicationcontrollers', 'goes'));
  await until(async () => (await podsOf(cluster, 'goes')).length === 2);
  for (const { metadata } of await podsOf(cluster, 'goes')) {
    assert.ok(shared.includes(metadata.name));
    assert.equal(metadata.deletionTimestamp, undefined);
    assert.deepEqual(
      metadata.ownerReferences?.map((owner) => owner.name),
      ['stays'],
    );
  }
});

conformance('[sig-api-machinery] garbage_collector.go: dependency circle', async (cluster) => {
  const names = ['pod1', 'pod2', 'pod3'];
  const uids: string[] = [];
  for (const name of names) uids.push((await cluster.ok('POST', core(cluster, 'pods'), pod(name))).metadata.uid);
  for (const [index, name] of names.entries()) {
    const owner = (index + 2) % 3;
    const reference = {
      apiVersion: 'v1',
      kind: 'Pod',
      name: names[owner],
      uid: uids[owner],
      controller: true,
      blockOwnerDeletion: true,
    };
    await cluster.patch('merge', core(cluster, 'pods', name), { metadata: { ownerReferences: [reference] } });
  }
  await cluster.ok('DELETE', core(cluster, 'pods', 'pod1'), deleteOptions('Foreground'));
  await until(async () => (await cluster.items(core(cluster, 'pods'))).length === 0);
});
