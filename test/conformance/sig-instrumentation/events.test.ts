/** Events in both of their groups. */
import assert from 'node:assert/strict';
import { core, type More } from '../objects.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

const time = '2026-01-02T03:04:05.123456Z';

function newEvent(cluster: Cluster, name: string, more: More = {}): ApiObject {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, labels: { testevent: cluster.namespace } } as never,
    regarding: { namespace: cluster.namespace, kind: 'Pod', name: 'nobody' },
    eventTime: time,
    note: `This is ${name}`,
    action: 'Do',
    reason: 'Test',
    type: 'Normal',
    reportingController: 'test-controller',
    reportingInstance: 'test-node',
    ...more,
  };
}

function coreEvent(cluster: Cluster, name: string): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, labels: { testevent: cluster.namespace } } as never,
    involvedObject: { namespace: cluster.namespace, kind: 'Pod', name: 'nobody' },
    message: `This is ${name}`,
    reason: 'Test',
    type: 'Normal',
    count: 1,
  };
}

const newPath = (cluster: Cluster, name = ''): string =>
  `/apis/events.k8s.io/v1/namespaces/${cluster.namespace}/events${name === '' ? '' : `/${name}`}`;
const selector = (cluster: Cluster): string => `labelSelector=testevent%3D${cluster.namespace}`;

async function deletesCollection(
  cluster: Cluster,
  path: string,
  make: (cluster: Cluster, name: string) => ApiObject,
): Promise<void> {
  for (const name of ['one', 'two', 'three']) await cluster.ok('POST', path, make(cluster, name));
  assert.equal((await cluster.items(`${path}?${selector(cluster)}`)).length, 3);
  await cluster.ok('DELETE', `${path}?${selector(cluster)}`);
  assert.equal((await cluster.items(`${path}?${selector(cluster)}`)).length, 0);
}

conformance('[sig-instrumentation] events.go: events.k8s.io deletecollection', (cluster) =>
  deletesCollection(cluster, newPath(cluster), newEvent),
);

conformance('[sig-instrumentation] core_events.go: core events deletecollection', (cluster) =>
  deletesCollection(cluster, core(cluster, 'events'), coreEvent),
);

conformance('[sig-instrumentation] events.go: events.k8s.io lifecycle', async (cluster) => {
  const { items, ok, patch } = cluster;
  await ok('POST', newPath(cluster), newEvent(cluster, 'event-test'));
  const path = newPath(cluster, 'event-test');
  for (const list of [newPath(cluster), '/apis/events.k8s.io/v1/events']) {
    assert.deepEqual(
      (await items(`${list}?${selector(cluster)}`)).map((one) => one.metadata.name),
      ['event-test'],
    );
  }
  const found = await ok('GET', path);
  assert.equal(found['eventTime'], time);
  assert.equal(found['note'], 'This is event-test');
  // the API lets the series of such an Event change, and its note no more
  const patched = await patch('merge', path, {
    series: { count: 2, lastObservedTime: '2026-01-02T03:05:05.654321Z' },
  });
  assert.equal(patched['series'].lastObservedTime, '2026-01-02T03:05:05.654321Z');
  const series = { count: 100, lastObservedTime: '2026-01-02T03:06:05.111111Z' };
  await ok('PUT', path, { ...patched, series });
  const updated = await ok('GET', path);
  assert.deepEqual(updated['series'], series);
  assert.equal(updated['eventTime'], time);
  // the same object is in the core group
  assert.equal((await ok('GET', core(cluster, 'events', 'event-test')))['message'], 'This is event-test');
  await ok('DELETE', path);
  assert.deepEqual(await items(`/apis/events.k8s.io/v1/events?${selector(cluster)}`), []);
});

conformance('[sig-instrumentation] core_events.go: core event lifecycle', async (cluster) => {
  const { items, ok, patch } = cluster;
  await ok('POST', core(cluster, 'events'), coreEvent(cluster, 'event-test'));
  const path = core(cluster, 'events', 'event-test');
  assert.equal((await items(`/api/v1/events?${selector(cluster)}`)).length, 1);
  assert.equal((await patch('strategic', path, { message: 'patched' }))['message'], 'patched');
  const found = await ok('GET', path);
  assert.equal(found['message'], 'patched');
  const series = { count: 100, lastObservedTime: '2026-01-02T03:06:05.000001Z' };
  await ok('PUT', path, { ...found, series });
  assert.deepEqual((await ok('GET', path))['series'], series);
  await ok('DELETE', path);
  assert.deepEqual(await items(`/api/v1/events?${selector(cluster)}`), []);
});
