/** ReplicaSets. */
import assert from 'node:assert/strict';
import { apps, core, isReady, pod, podSpec, podsOf, workload } from '../objects.ts';
import { conformance, until } from '../suite.ts';
import { freePort, webSpec } from '../web-server.ts';
import {
  assertCollection,
  assertReleases,
  assertScales,
  assertServes,
  assertStatusWrites,
  isRolledOut,
} from '../workloads.ts';

const set = (name: string, replicas: number): ReturnType<typeof workload> => workload('ReplicaSet', name, { replicas });

conformance('[sig-apps] replica_set.go: RS scale subresource', async (cluster) => {
  await cluster.ok('POST', apps(cluster, 'replicasets'), set('scaled', 1));
  await cluster.eventually(apps(cluster, 'replicasets', 'scaled'), isRolledOut(1));
  await assertScales(cluster, apps(cluster, 'replicasets', 'scaled'), 1);
  await cluster.eventually(apps(cluster, 'replicasets', 'scaled'), isRolledOut(4));
});

conformance('[sig-apps] replica_set.go: RS status', async (cluster) => {
  await cluster.ok('POST', apps(cluster, 'replicasets'), set('status', 1));
  await cluster.eventually(apps(cluster, 'replicasets', 'status'), isRolledOut(1));
  await assertStatusWrites(cluster, apps(cluster, 'replicasets', 'status'));
});

conformance('[sig-apps] replica_set.go: list and deletecollection', async (cluster) => {
  await cluster.ok('POST', apps(cluster, 'replicasets'), set('listed', 2));
  await cluster.eventually(apps(cluster, 'replicasets', 'listed'), isRolledOut(2));
  await assertCollection(cluster, apps(cluster, 'replicasets'), 'listed');
});

conformance('[sig-apps] replica_set.go: adopt and release', async (cluster) => {
  const made = await cluster.ok('POST', core(cluster, 'pods'), pod('orphan', podSpec(), { app: 'adopts' }));
  const { metadata } = await cluster.ok('POST', apps(cluster, 'replicasets'), set('adopts', 1));
  const adopted = await cluster.eventually(
    core(cluster, 'pods', 'orphan'),
    (one) => one.metadata.ownerReferences !== undefined,
  );
  assert.equal(adopted.metadata.uid, made.metadata.uid);
  const [owner] = adopted.metadata.ownerReferences ?? [];
  assert.equal(owner?.uid, metadata.uid);
  assert.equal(owner?.controller, true);
  await assertReleases(cluster, 'adopts', 'orphan');
});

conformance('[sig-apps] replica_set.go: replace and patch', async (cluster) => {
  const path = apps(cluster, 'replicasets', 'changed');
  const watch = await cluster.watch(`${apps(cluster, 'replicasets')}?watch=true&labelSelector=app%3Dchanged`);
  await cluster.ok('POST', apps(cluster, 'replicasets'), set('changed', 1));
  await cluster.eventually(path, isRolledOut(1));
  await until(async () => {
    const now = await cluster.ok('GET', path);
    now['spec'].replicas = 2;
    return (await cluster.api('PUT', path, now)).status === 200;
  });
  await cluster.eventually(path, isRolledOut(2));
  await cluster.patch('strategic', path, {
    metadata: { labels: { patched: 'yes' } },
    spec: {
      replicas: 3,
      template: { spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox:1.38' }] } },
    },
  });
  await until(() =>
    watch.events.some(
      ({ object: { metadata, status } }) =>
        metadata.labels?.['patched'] === 'yes' && status.readyReplicas === 3 && status.availableReplicas === 3,
    ),
  );
  const { spec } = await cluster.ok('GET', path);
  assert.equal(spec.template.spec.containers[0].image, 'busybox:1.38');
  assert.equal(spec.template.spec.terminationGracePeriodSeconds, 0);
  assert.equal((await podsOf(cluster, 'changed')).filter(isReady).length, 3);
});

conformance('[sig-apps] replica_set.go: serve basic image', async (cluster) => {
  const template = webSpec(cluster, { port: await freePort() });
  await cluster.ok('POST', apps(cluster, 'replicasets'), workload('ReplicaSet', 'basic', { replicas: 1, template }));
  await assertServes(cluster, 'basic');
});
