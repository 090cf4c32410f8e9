/** What tests of every workload kind do alike: scaling, writing status, lists and collections. */
import assert from 'node:assert/strict';
import { core, isReady, podsOf } from './objects.ts';
import { type ApiObject, type Cluster, until } from './suite.ts';

/** GET, PUT (also without a resourceVersion) and PATCH of /scale; spec.replicas of the workload follows. */
export async function assertScales(cluster: Cluster, path: string, from: number): Promise<void> {
  const { ok, patch } = cluster;
  const scale = await ok('GET', `${path}/scale`);
  assert.equal(scale.kind, 'Scale');
  assert.equal(scale.apiVersion, 'autoscaling/v1');
  assert.equal(scale['spec'].replicas, from);
  const { resourceVersion: _, ...metadata } = scale.metadata;
  const put = await ok('PUT', `${path}/scale`, { ...scale, metadata, spec: { replicas: 2 } });
  assert.equal(put['spec'].replicas, 2);
  assert.equal((await ok('GET', path))['spec'].replicas, 2);
  const patched = await patch('strategic', `${path}/scale`, { spec: { replicas: 4 } });
  assert.equal(patched['spec'].replicas, 4);
  assert.equal((await ok('GET', path))['spec'].replicas, 4);
}

/** PUT and PATCH of conditions through /status, each read back and seen by a watch. */
export async function assertStatusWrites(cluster: Cluster, path: string): Promise<void> {
  const { api, ok, patch } = cluster;
  const { metadata } = await ok('GET', path);
  const collection = path.slice(0, path.lastIndexOf('/'));
  const watch = await cluster.watch(`${collection}?watch=true&fieldSelector=metadata.name%3D${metadata.name}`);
  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E', message: 'Set from a test' });
  const has = (object: ApiObject, type: string): boolean =>
    (object['status']?.conditions ?? []).some((one: { type: string }) => one.type === type);
  const seen = (type: string): Promise<void> =>
    until(() => watch.events.some((event) => event.type === 'MODIFIED' && has(event.object, type)));
  const write = async (): Promise<number> => {
    const now = await ok('GET', `${path}/status`);
    now['status'].conditions = [...(now['status'].conditions ?? []), condition('StatusUpdate')];
    return (await api('PUT', `${path}/status`, now)).status;
  };
  // the controller of the workload may write its status in between
  await until(async () => (await write()) === 200);
  await seen('StatusUpdate');
  const patched = await patch('merge', `${path}/status`, { status: { conditions: [condition('StatusPatched')] } });
  assert.ok(has(patched, 'StatusPatched'));
  await seen('StatusPatched');
}

/** Lists by label over all namespaces, then deletes the collection by label; `paths` name the workloads. */
export async function assertCollection(cluster: Cluster, path: string, app: string): Promise<void> {
  const selector = `labelSelector=app%3D${app}`;
  const everywhere = path.replace(`/namespaces/${cluster.namespace}`, '');
  const found = (await cluster.items(`${everywhere}?${selector}`)).filter(
    (one) => one.metadata.namespace === cluster.namespace,
  );
  assert.equal(found.length, 1);
  await cluster.ok('DELETE', `${path}?${selector}`);
  await until(async () => (await cluster.items(`${path}?${selector}`)).length === 0);
}

/** The rollout of a Deployment, ReplicaSet, ReplicationController or StatefulSet is over, with so many Pods. */
export function isRolledOut(replicas: number): (object: ApiObject) => boolean {
  return ({ metadata, status }) =>
    status?.observedGeneration === metadata.generation &&
    (status.readyReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.updatedReplicas ?? replicas) === replicas;
}

/** Takes the label away that makes `name` one of its controller's Pods, and waits until the controller let it go. */
export async function assertReleases(cluster: Cluster, app: string, name: string): Promise<void> {
  const uid = (await cluster.ok('GET', core(cluster, 'pods', name))).metadata.uid;
  await cluster.patch('merge', core(cluster, 'pods', name), { metadata: { labels: { app: 'released' } } });
  const released = await cluster.eventually(
    core(cluster, 'pods', name),
    (one) => one.metadata.ownerReferences === undefined,
  );
  assert.equal(released.metadata.uid, uid);
  await until(async () => (await podsOf(cluster, app)).some((one) => one.metadata.name !== name));
}

/** Each Pod answers its own name through its proxy. Replicas share the machine's ports here, so there is one of them. */
export async function assertServes(cluster: Cluster, app: string): Promise<void> {
  await until(async () => (await podsOf(cluster, app)).some(isReady));
  for (const { metadata } of await podsOf(cluster, app)) {
    assert.equal(await cluster.ok<string>('GET', `${core(cluster, 'pods', metadata.name)}/proxy/name`), metadata.name);
  }
}
