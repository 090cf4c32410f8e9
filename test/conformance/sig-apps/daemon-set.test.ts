/** DaemonSets on the two nodes of the cluster. */
import assert from 'node:assert/strict';
import { apps, core, isReady, podSpec, podsOf, type WorkloadOptions, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { assertCollection, assertStatusWrites } from '../workloads.ts';

const isRolledOut =
  (nodes: number) =>
  ({ metadata, status }: ApiObject): boolean =>
    status.observedGeneration === metadata.generation &&
    status.desiredNumberScheduled === nodes &&
    status.currentNumberScheduled === nodes &&
    (status.numberReady ?? 0) === nodes &&
    (status.updatedNumberScheduled ?? 0) === nodes &&
    (status.numberAvailable ?? 0) === nodes;

/** Makes a DaemonSet called `daemon` and waits until it runs on so many nodes. */
async function run(cluster: Cluster, nodes = 2, options: WorkloadOptions = {}): Promise<string> {
  await cluster.ok('POST', apps(cluster, 'daemonsets'), workload('DaemonSet', 'daemon', options));
  const path = apps(cluster, 'daemonsets', 'daemon');
  await cluster.eventually(path, isRolledOut(nodes));
  return path;
}

const nodesOf = async (cluster: Cluster): Promise<string[]> =>
  (await podsOf(cluster, 'daemon')).map((one) => one['spec'].nodeName as string).sort();

conformance('[sig-apps] daemon_set.go: simple daemon', async (cluster) => {
  const path = await run(cluster);
  assert.deepEqual(await nodesOf(cluster), ['node-a', 'node-b']);
  const { status } = await cluster.ok('GET', path);
  assert.equal(status.numberMisscheduled, 0);
  const [first] = await podsOf(cluster, 'daemon');
  await cluster.ok('DELETE', core(cluster, 'pods', first?.metadata.name));
  await until(async () => {
    const now = await podsOf(cluster, 'daemon');
    return now.length === 2 && now.every((one) => isReady(one) && one.metadata.uid !== first?.metadata.uid);
  });
  assert.deepEqual(await nodesOf(cluster), ['node-a', 'node-b']);
});

conformance('[sig-apps] daemon_set.go: complex daemon', async (cluster) => {
  const key = cluster.namespace;
  const label = (value: string | null): Promise<ApiObject> =>
    cluster.patch('strategic', '/api/v1/nodes/node-b', { metadata: { labels: { [key]: value } } });
  cluster.after(() => label(null));
  const path = await run(cluster, 0, { template: podSpec(undefined, { nodeSelector: { [key]: 'blue' } }) });
  assert.deepEqual(await nodesOf(cluster), []);
  await label('blue');
  await cluster.eventually(path, isRolledOut(1));
  assert.deepEqual(await nodesOf(cluster), ['node-b']);
  await label('green');
  await until(async () => (await nodesOf(cluster)).length === 0);
  await cluster.patch('strategic', path, {
    spec: { updateStrategy: { type: 'RollingUpdate' }, template: { spec: { nodeSelector: { [key]: 'green' } } } },
  });
  await cluster.eventually(path, isRolledOut(1));
  assert.deepEqual(await nodesOf(cluster), ['node-b']);
});

conformance('[sig-apps] daemon_set.go: retry failed daemon pods', async (cluster) => {
  await run(cluster);
  const [first] = await podsOf(cluster, 'daemon');
  const { name, uid } = first?.metadata ?? { name: '', uid: '' };
  await cluster.patch('merge', `${core(cluster, 'pods', name)}/status`, { status: { phase: 'Failed' } });
  await until(async () => {
    const now = await podsOf(cluster, 'daemon');
    return now.length === 2 && now.every((one) => isReady(one) && one.metadata.uid !== uid);
  });
});

conformance('[sig-apps] daemon_set.go: RollingUpdate', async (cluster) => {
  const path = await run(cluster);
  const revisions = async (): Promise<ApiObject[]> =>
    (await cluster.items(apps(cluster, 'controllerrevisions'))).sort((a, b) => a['revision'] - b['revision']);
  const hashes = async (): Promise<Set<string | undefined>> =>
    new Set((await podsOf(cluster, 'daemon')).map((one) => one.metadata.labels?.['controller-revision-hash']));
  const [first] = await revisions();
  assert.equal(first?.['revision'], 1);
  const hash = first?.metadata.labels?.['controller-revision-hash'];
  assert.ok(hash);
  assert.deepEqual(await hashes(), new Set([hash]));
  const before = new Set((await podsOf(cluster, 'daemon')).map((one) => one.metadata.uid));
  await cluster.patch('strategic', path, {
    spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox:1.38' }] } } },
  });
  await cluster.eventually(path, isRolledOut(2));
  assert.ok((await podsOf(cluster, 'daemon')).every((one) => !before.has(one.metadata.uid)));
  const both = await revisions();
  assert.deepEqual(
    both.map((one) => one['revision']),
    [1, 2],
  );
  assert.deepEqual(await hashes(), new Set([both[1]?.metadata.labels?.['controller-revision-hash']]));
});

conformance('[sig-apps] daemon_set.go: rollback without restarts', async (cluster) => {
  const path = await run(cluster);
  const good = (await cluster.ok('GET', path))['spec'].template.spec.containers;
  const before = await podsOf(cluster, 'daemon');
  const bad = [{ name: 'main', image: 'foo:non-existent', command: ['/no/such/program'] }];
  await cluster.patch('merge', path, { spec: { template: { spec: { containers: bad } } } });
  // one Pod is replaced and does not run, so the other one stays
  await until(async () =>
    (await podsOf(cluster, 'daemon')).some((one) => one['spec'].containers[0].image === 'foo:non-existent'),
  );
  await cluster.eventually(path, ({ status }) => status.numberReady === 1 && status.updatedNumberScheduled === 1);
  const kept = (await podsOf(cluster, 'daemon')).filter((one) =>
    before.some((old) => old.metadata.uid === one.metadata.uid),
  );
  assert.equal(kept.length, 1);
  await cluster.patch('merge', path, { spec: { template: { spec: { containers: good } } } });
  await cluster.eventually(path, isRolledOut(2));
  const after = await cluster.ok('GET', core(cluster, 'pods', kept[0]?.metadata.name));
  assert.equal(after.metadata.uid, kept[0]?.metadata.uid);
  assert.equal(after['status'].containerStatuses[0].restartCount, 0);
});

conformance('[sig-apps] daemon_set.go: list and deletecollection', async (cluster) => {
  await run(cluster);
  await assertCollection(cluster, apps(cluster, 'daemonsets'), 'daemon');
  await until(async () => (await podsOf(cluster, 'daemon')).length === 0);
});

conformance('[sig-apps] daemon_set.go: DaemonSet status', async (cluster) => {
  await assertStatusWrites(cluster, await run(cluster));
});

conformance('[sig-apps] controller_revision.go: ControllerRevision lifecycle', async (cluster) => {
  const { namespace, items, ok, patch } = cluster;
  const path = await run(cluster);
  const all = apps(cluster, 'controllerrevisions');
  const everywhere = `/apis/apps/v1/controllerrevisions?labelSelector=app%3Ddaemon`;
  const mine = async (): Promise<ApiObject[]> =>
    (await items(everywhere)).filter((one) => one.metadata.namespace === namespace);
  const [first] = await mine();
  assert.equal((await mine()).length, 1);
  const name = first?.metadata.name ?? '';
  const patched = await patch('strategic', `${all}/${name}`, { metadata: { labels: { [name]: 'patched' } } });
  assert.equal(patched.metadata.labels?.[name], 'patched');

  const { resourceVersion: _v, uid: _u, creationTimestamp: _c, ...metadata } = patched.metadata;
  const copy = { ...patched, metadata: { ...metadata, name: `${name}-copy`, managedFields: undefined }, revision: 2 };
  await ok('POST', all, copy);
  assert.equal((await ok('GET', `${all}/${name}-copy`))['revision'], 2);
  await ok('DELETE', `${all}/${name}`);
  await until(async () => (await mine()).length === 1);

  const changed = await ok('GET', `${all}/${name}-copy`);
  changed.metadata.labels = { ...changed.metadata.labels, updated: 'yes' };
  assert.equal((await ok('PUT', `${all}/${name}-copy`, changed)).metadata.labels?.['updated'], 'yes');

  await patch('strategic', path, { spec: { template: { spec: { terminationGracePeriodSeconds: 0 } } } });
  await until(async () => (await mine()).some((one) => one['revision'] === 3));
  await ok('DELETE', `${all}?labelSelector=app%3Ddaemon,updated%3Dyes`);
  await cluster.gone(`${all}/${name}-copy`);
});
