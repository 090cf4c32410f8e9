/** Pods from outside: labels, status, generation, deletion. */
import assert from 'node:assert/strict';
import { container, core, isReady, pod, podSpec, podsOf, runPod } from '../objects.ts';
import { type ApiObject, conformance, until } from '../suite.ts';

const paused = podSpec(undefined, { nodeSelector: { nowhere: 'yes' } });

conformance('[sig-node] pods.go (e2e/node): QoS class', async (cluster) => {
  const resources = { requests: { cpu: '100m', memory: '100Mi' }, limits: { cpu: '100m', memory: '100Mi' } };
  const spec = { ...paused, containers: [container(undefined, { resources })] };
  await cluster.ok('POST', core(cluster, 'pods'), pod('guaranteed', spec));
  assert.equal((await cluster.ok('GET', core(cluster, 'pods', 'guaranteed')))['status'].qosClass, 'Guaranteed');
});

conformance('[sig-node] pods.go: submit and remove', async (cluster) => {
  const { items, ok, watch } = cluster;
  const all = core(cluster, 'pods');
  const selector = 'labelSelector=app%3Dsubmitted';
  const empty = await ok<{ metadata: { resourceVersion: string }; items: ApiObject[] }>('GET', `${all}?${selector}`);
  assert.deepEqual(empty.items, []);
  const { events } = await watch(`${all}?watch=true&${selector}&resourceVersion=${empty.metadata.resourceVersion}`);
  await runPod(cluster, pod('submitted', podSpec('trap "" TERM; sleep 1000 & wait; wait'), { app: 'submitted' }));
  assert.equal(events[0]?.type, 'ADDED');
  const answer = await ok('DELETE', `${all}/submitted?gracePeriodSeconds=2`);
  assert.ok(answer.metadata.deletionTimestamp);
  assert.equal(answer.metadata['deletionGracePeriodSeconds'], 2);
  await until(() => events.some(({ type }) => type === 'DELETED'));
  assert.ok(events.some(({ type, object }) => type === 'MODIFIED' && object.metadata.deletionTimestamp !== undefined));
  assert.deepEqual(await items(`${all}?${selector}`), []);
});

conformance('[sig-node] pods.go: update labels', async (cluster) => {
  const { api, items, ok } = cluster;
  await runPod(cluster, pod('labelled', podSpec(), { app: 'labelled', time: 'before' }));
  await until(async () => {
    const now = await ok('GET', core(cluster, 'pods', 'labelled'));
    now.metadata.labels = { ...now.metadata.labels, time: 'after' };
    return (await api('PUT', core(cluster, 'pods', 'labelled'), now)).status === 200;
  });
  assert.equal((await items(`${core(cluster, 'pods')}?labelSelector=time%3Dafter`)).length, 1);
});

conformance('[sig-node] pods.go: activeDeadlineSeconds update', async (cluster) => {
  const { api, eventually, ok } = cluster;
  const path = core(cluster, 'pods', 'late');
  await runPod(cluster, pod('late'));
  await until(async () => {
    const now = await ok('GET', path);
    now['spec'].activeDeadlineSeconds = 3;
    return (await api('PUT', path, now)).status === 200;
  });
  const { status } = await eventually(path, (one) => one['status'].phase === 'Failed');
  assert.equal(status.reason, 'DeadlineExceeded');
});

conformance('[sig-node] pods.go: deletecollection pods', async (cluster) => {
  for (const name of ['one', 'two', 'three'])
    await cluster.ok('POST', core(cluster, 'pods'), pod(name, podSpec(), { app: 'set' }));
  assert.equal((await podsOf(cluster, 'set')).length, 3);
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 1 };
  await cluster.ok('DELETE', `${core(cluster, 'pods')}?labelSelector=app%3Dset`, options);
  await until(async () => (await podsOf(cluster, 'set')).length === 0);
});

conformance('[sig-node] pods.go: patch status', async (cluster) => {
  const path = core(cluster, 'pods', 'patched');
  await runPod(cluster, pod('patched'));
  const status = { message: 'Patched by e2e test', reason: 'E2E' };
  const answer = await cluster.patch('strategic', `${path}/status`, { status });
  assert.equal(answer['status'].message, status.message);
  const found = await cluster.ok('GET', path);
  assert.equal(found['status'].message, status.message);
  assert.equal(found['status'].reason, status.reason);
});

conformance('[sig-node] pods.go: Pod and PodStatus lifecycle', async (cluster) => {
  const { api, ok, patch, watch } = cluster;
  const path = core(cluster, 'pods', 'lives');
  const { events } = await watch(`${core(cluster, 'pods')}?watch=true&labelSelector=app%3Dlives`);
  const seen = (type: string, wanted: (one: ApiObject) => boolean): Promise<void> =>
    until(() => events.some((event) => event.type === type && wanted(event.object)));
  await ok('POST', core(cluster, 'pods'), pod('lives', podSpec(), { app: 'lives' }));
  await seen('ADDED', () => true);
  await seen('MODIFIED', isReady);
  await patch('strategic', path, {
    metadata: { labels: { patched: 'yes' } },
    spec: { containers: [{ name: 'main', image: 'busybox:1.38' }] },
  });
  await seen(
    'MODIFIED',
    ({ metadata, spec }) => metadata.labels?.['patched'] === 'yes' && spec.containers[0].image === 'busybox:1.38',
  );
  await cluster.eventually(path, isReady);
  const put = async (): Promise<boolean> => {
    const now = await ok('GET', `${path}/status`);
    assert.equal(now.kind, 'Pod');
    for (const condition of now['status'].conditions) if (condition.type === 'Ready') condition.status = 'False';
    return (await api('PUT', `${path}/status`, now)).status === 200;
  };
  await until(put);
  await seen('MODIFIED', (one) => one.metadata.labels?.['patched'] === 'yes' && !isReady(one));
  await ok('DELETE', `${core(cluster, 'pods')}?labelSelector=app%3Dlives`);
  await seen('DELETED', () => true);
});

conformance('[sig-node] pods.go (e2e/node): generation per update', async (cluster) => {
  const path = core(cluster, 'pods', 'counted');
  const generation = async (): Promise<number> => (await cluster.ok('GET', path)).metadata.generation;
  const running = await runPod(cluster, pod('counted'));
  assert.equal(running.metadata.generation, 1);
  await cluster.eventually(path, (one) => one['status'].observedGeneration === 1);
  await cluster.patch('merge', path, { spec: { activeDeadlineSeconds: 3600 } });
  assert.equal(await generation(), 2);
  await cluster.patch('strategic', path, {
    spec: { tolerations: [{ key: 'foo', operator: 'Exists', effect: 'NoSchedule' }] },
  });
  assert.equal(await generation(), 3);
  await cluster.patch('merge', path, { metadata: { annotations: { a: 'b' }, labels: { c: 'd' } } });
  assert.equal(await generation(), 3);
  await cluster.patch('merge', `${path}/status`, { status: { message: 'x' } });
  assert.equal(await generation(), 3);
  await cluster.eventually(path, (one) => one['status'].observedGeneration === 3);
});

conformance('[sig-node] pods.go (e2e/node): generation on graceful delete', async (cluster) => {
  const path = core(cluster, 'pods', 'leaves');
  const wanted = pod('leaves', podSpec('trap "" TERM; sleep 1000 & wait; wait'));
  wanted.metadata.generation = 100;
  await runPod(cluster, wanted);
  assert.equal((await cluster.ok('GET', path)).metadata.generation, 1);
  const answer = await cluster.ok('DELETE', `${path}?gracePeriodSeconds=2`);
  assert.equal(answer.metadata.generation, 2);
  assert.equal((await cluster.ok('GET', path)).metadata.generation, 2);
  await cluster.gone(path);
});

conformance('[sig-node] pods.go (e2e/node): 500 spec updates', async (cluster) => {
  const path = core(cluster, 'pods', 'updated');
  await runPod(cluster, pod('updated'));
  for (let count = 0; count < 499; count += 1) {
    await cluster.patch('merge', path, { spec: { activeDeadlineSeconds: 5000 - count } });
  }
  assert.equal((await cluster.ok('GET', path)).metadata.generation, 500);
  await cluster.eventually(path, (one) => one['status'].observedGeneration === 500);
});

conformance('[sig-node] sysctl.go: reject invalid sysctls', async (cluster) => {
  const names = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'];
  const sysctls = names.map((name) => ({ name, value: 'bar' }));
  const { status, body } = await cluster.api(
    'POST',
    core(cluster, 'pods'),
    pod('refused', podSpec(undefined, { securityContext: { sysctls } })),
  );
  assert.equal(status, 422);
  assert.match(body['message'], /Invalid value: "foo-"/);
  assert.match(body['message'], /Invalid value: "bar\.\."/);
  assert.doesNotMatch(body['message'], /"(safe-and-unsafe|kernel\.shmmax)"/);
});
