/** StatefulSets. A Pod is made unready by taking its node's file away, which its readiness probe looks for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apps, container, core, isReady, type More, pod, podSpec, podsOf, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { assertCollection, assertScales, assertStatusWrites } from '../workloads.ts';

const isRolledOut =
  (replicas: number) =>
  ({ metadata, status }: ApiObject): boolean =>
    status.observedGeneration === metadata.generation &&
    status.replicas === replicas &&
    (status.readyReplicas ?? 0) === replicas;

/** Makes a StatefulSet called `ss`. */
async function make(cluster: Cluster, replicas: number, more: More = {}, template: More = podSpec()): Promise<string> {
  const wanted = workload('StatefulSet', 'ss', { replicas, template, more: { serviceName: 'test', ...more } });
  await cluster.ok('POST', apps(cluster, 'statefulsets'), wanted);
  return apps(cluster, 'statefulsets', 'ss');
}

const byOrdinal = async (cluster: Cluster): Promise<ApiObject[]> =>
  (await podsOf(cluster, 'ss')).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
const hashOf = (one: ApiObject | undefined): string | undefined => one?.metadata.labels?.['controller-revision-hash'];

/** A folder of files, and a template whose Pods are ready while the file named like them is there. */
function readiness(cluster: Cluster): { template: More; set: (name: string, ready: boolean) => void } {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-ready-'));
  cluster.after(() => rmSync(dir, { recursive: true, force: true }));
  const env = [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
  const readinessProbe = {
    exec: { command: ['/bin/sh', '-c', `test -e ${dir}/$POD_NAME`] },
    periodSeconds: 1,
    failureThreshold: 1,
  };
  return {
    template: podSpec(undefined, { containers: [container(undefined, { env, readinessProbe })] }),
    set(name, ready) {
      if (ready) writeFileSync(join(dir, name), '');
      else rmSync(join(dir, name), { force: true });
    },
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `ss-${index}`);
const podNames = async (cluster: Cluster): Promise<string[]> =>
  (await byOrdinal(cluster)).map((one) => one.metadata.name);

conformance('[sig-apps] statefulset.go: ordered scaling', async (cluster) => {
  const { template, set } = readiness(cluster);
  const watch = await cluster.watch(`${core(cluster, 'pods')}?watch=true&labelSelector=app%3Dss`);
  const order = (type: string): string[] =>
    watch.events.filter((event) => event.type === type).map((event) => event.object.metadata.name);
  const path = await make(cluster, 1, {}, template);
  await until(async () => (await podNames(cluster)).length === 1);
  await cluster.patch('merge', path, { spec: { replicas: 3 } });
  // the first one is not ready, so no other one comes
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.deepEqual(await podNames(cluster), names(1));
  for (const name of names(3)) set(name, true);
  await cluster.eventually(path, isRolledOut(3));
  assert.deepEqual(order('ADDED'), names(3));

  for (const name of names(3)) set(name, false);
  await until(async () => (await byOrdinal(cluster)).every((one) => !isReady(one)));
  await cluster.patch('merge', path, { spec: { replicas: 0 } });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal((await podNames(cluster)).length, 3);
  for (const name of names(3)) set(name, true);
  await until(async () => (await podNames(cluster)).length === 0);
  assert.deepEqual(order('DELETED'), names(3).reverse());
});

conformance('[sig-apps] statefulset.go: burst scaling', async (cluster) => {
  const { template } = readiness(cluster);
  const path = await make(cluster, 1, { podManagementPolicy: 'Parallel' }, template);
  await until(async () => (await podNames(cluster)).length === 1);
  await cluster.patch('merge', path, { spec: { replicas: 3 } });
  await until(async () => (await podNames(cluster)).length === 3);
  assert.ok((await byOrdinal(cluster)).every((one) => !isReady(one)));
  await cluster.patch('merge', path, { spec: { replicas: 0 } });
  await until(async () => (await podNames(cluster)).length === 0);
  await cluster.eventually(path, ({ status }) => status.replicas === 0);
});

conformance('[sig-apps] statefulset.go: StatefulSet scale', async (cluster) => {
  const path = await make(cluster, 1);
  await cluster.eventually(path, isRolledOut(1));
  await assertScales(cluster, path, 1);
});

conformance('[sig-apps] statefulset.go: list, patch, deletecollection', async (cluster) => {
  const path = await make(cluster, 1);
  await cluster.eventually(path, isRolledOut(1));
  const patched = await cluster.patch('merge', path, {
    metadata: { labels: { patched: 'yes' } },
    spec: { replicas: 2 },
  });
  assert.equal(patched.metadata.labels?.['patched'], 'yes');
  await cluster.eventually(path, isRolledOut(2));
  await assertCollection(cluster, apps(cluster, 'statefulsets'), 'ss');
});

conformance('[sig-apps] statefulset.go: StatefulSet status', async (cluster) => {
  const path = await make(cluster, 1);
  await cluster.eventually(path, isRolledOut(1));
  await assertStatusWrites(cluster, path);
});

const image = (name: string): object => ({
  spec: { template: { spec: { containers: [{ name: 'main', image: name }] } } },
});

conformance('[sig-apps] statefulset.go: rolling update and rollback', async (cluster) => {
  const path = await make(cluster, 3);
  const first = await cluster.eventually(path, isRolledOut(3));
  const before = first['status'].currentRevision;
  assert.equal(first['status'].updateRevision, before);
  const roll = async (used: string): Promise<ApiObject> => {
    const watch = await cluster.watch(`${core(cluster, 'pods')}?watch=true&labelSelector=app%3Dss`);
    await cluster.patch('strategic', path, image(used));
    const done = await cluster.eventually(
      path,
      (one) =>
        isRolledOut(3)(one) &&
        one['status'].updatedReplicas === 3 &&
        one['status'].currentRevision === one['status'].updateRevision,
    );
    const deleted = watch.events.filter((event) => event.type === 'DELETED').map((event) => event.object.metadata.name);
    assert.deepEqual(deleted, names(3).reverse());
    watch.close();
    assert.ok((await byOrdinal(cluster)).every((one) => hashOf(one) === done['status'].updateRevision));
    return done;
  };
  const after = await roll('busybox:1.38');
  assert.notEqual(after['status'].updateRevision, before);
  const back = await roll('busybox:1');
  assert.equal(back['status'].updateRevision, before);
  assert.equal((await cluster.items(apps(cluster, 'controllerrevisions'))).length, 2);
});

conformance('[sig-apps] statefulset.go: canary and phased update', async (cluster) => {
  const partition = (value: number): object => ({
    spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } } },
  });
  const path = await make(cluster, 3, { ...(partition(3) as { spec: More }).spec });
  const before = (await cluster.eventually(path, isRolledOut(3)))['status'].currentRevision;
  await cluster.patch('strategic', path, image('busybox:1.38'));
  const after = (await cluster.eventually(path, ({ status }) => status.updateRevision !== before))['status']
    .updateRevision;
  const hashes = async (): Promise<(string | undefined)[]> => (await byOrdinal(cluster)).map(hashOf);
  assert.deepEqual(await hashes(), [before, before, before]);
  await cluster.patch('strategic', path, partition(2));
  await until(async () => hashOf((await byOrdinal(cluster))[2]) === after);
  await cluster.eventually(path, isRolledOut(3));
  assert.deepEqual(await hashes(), [before, before, after]);
  // what is deleted comes back at the revision of its ordinal
  const uids = new Set((await byOrdinal(cluster)).map((one) => one.metadata.uid));
  for (const name of ['ss-0', 'ss-2']) await cluster.ok('DELETE', core(cluster, 'pods', name));
  await until(async () => {
    const now = await byOrdinal(cluster);
    return now.length === 3 && now.every(isReady) && now.filter((one) => !uids.has(one.metadata.uid)).length === 2;
  });
  assert.deepEqual(await hashes(), [before, before, after]);
  for (const [value, expected] of [
    [1, [before, after, after]],
    [0, [after, after, after]],
  ] as const) {
    await cluster.patch('strategic', path, partition(value));
    await until(async () => JSON.stringify(await hashes()) === JSON.stringify(expected));
    await cluster.eventually(path, isRolledOut(3));
  }
});

conformance('[sig-apps] statefulset.go: recreate evicted pod', async (cluster) => {
  const ports = [{ containerPort: 21017, hostPort: 21017 }];
  const withPort = (more: More): More => podSpec(undefined, { ...more, containers: [container(undefined, { ports })] });
  await cluster.ok('POST', core(cluster, 'pods'), pod('holder', withPort({ nodeName: 'node-a' })));
  await cluster.eventually(core(cluster, 'pods', 'holder'), isReady);
  const watch = await cluster.watch(`${core(cluster, 'pods')}?watch=true&labelSelector=app%3Dss`);
  await make(cluster, 1, {}, withPort({ nodeName: 'node-a' }));
  await until(() => watch.events.some(({ type, object }) => type === 'DELETED' && object['status'].phase === 'Failed'));
  await cluster.ok('DELETE', core(cluster, 'pods', 'holder'));
  await cluster.eventually(core(cluster, 'pods', 'ss-0'), isReady);
});
