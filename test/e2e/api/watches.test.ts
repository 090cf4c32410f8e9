/** Watches over real HTTPS: order, selection, forms, ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';
import { openWatch } from '../../support/watch-client.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';
const put = (hub: HubApi, name: string, labels: Record<string, string>, payload = ''): Promise<unknown> =>
  hub.ask('POST', configMaps, {
    body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, labels }, data: { payload } },
  });
const relabel = (hub: HubApi, name: string, labels: Record<string, string | null>): Promise<unknown> =>
  hub.ask('PATCH', `${configMaps}/${name}`, {
    body: { metadata: { labels } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });

test('a watch sees what is there, then every change, in order', async (t) => {
  const hub = await startHubApi(t);
  await put(hub, 'a', { x: '1' });
  const watch = await openWatch(hub, `${configMaps}?watch=1`);
  await put(hub, 'b', {});
  await relabel(hub, 'a', { x: '2' });
  await hub.ask('DELETE', `${configMaps}/b`);
  await eventually('four events', () => watch.events.length === 4);
  assert.equal(watch.summary(), 'ADDED a, ADDED b, MODIFIED a, DELETED b');
  const versions = watch.events.slice(1).map((one) => Number(one.object.metadata.resourceVersion));
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
  watch.close();
});

test('objects that enter and leave a selection are added and deleted', async (t) => {
  const hub = await startHubApi(t);
  await put(hub, 'a', { x: '1' });
  const { json } = await hub.ask('GET', configMaps);
  const from = json.metadata.resourceVersion;
  const watch = await openWatch(hub, `${configMaps}?watch=1&labelSelector=x%3D1&resourceVersion=${from}`);
  await relabel(hub, 'a', { x: '2' });
  await relabel(hub, 'a', { y: '1' });
  await relabel(hub, 'a', { x: '1' });
  await eventually('two events', () => watch.events.length === 2);
  assert.equal(watch.summary(), 'DELETED a, ADDED a');
  assert.deepEqual(watch.events[0].object.metadata.labels, { x: '1' });
  watch.close();
});

test('many watchers of one commit all get all of it', async (t) => {
  const hub = await startHubApi(t);
  const watches = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      openWatch(hub, `${configMaps}?watch=1&resourceVersion=0${index % 2 === 0 ? '' : '&labelSelector=even'}`),
    ),
  );
  const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
  await Promise.all(names.map((name, index) => put(hub, name, index % 2 === 0 ? { even: '' } : {})));
  await eventually('all events', () =>
    watches.every((one, index) => one.events.length === (index % 2 === 0 ? 50 : 25)),
  );
  const [first, second] = watches;
  assert.equal(new Set(first?.events.map((one) => one.object.metadata.name)).size, 50);
  assert.ok(second?.events.every((one) => one.object.metadata.labels.even === ''));
  for (const one of watches) one.close();
});

test('a watch may ask for tables and metadata, and for the first events to be marked', async (t) => {
  const hub = await startHubApi(t);
  await put(hub, 'a', {});
  const as = (form: string): Record<string, string> => ({ accept: `application/json;as=${form};v=v1;g=meta.k8s.io` });
  const table = await openWatch(hub, `${configMaps}?watch=1`, as('Table'));
  const partial = await openWatch(hub, `${configMaps}?watch=1`, as('PartialObjectMetadata'));
  const marked = await openWatch(
    hub,
    `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  );
  await put(hub, 'b', {});
  await eventually(
    'events',
    () => [table, partial].every((one) => one.events.length === 2) && marked.events.length === 3,
  );
  assert.equal(table.events[0].object.columnDefinitions[0].name, 'Name');
  assert.equal(table.events[1].object.columnDefinitions, null);
  assert.deepEqual(partial.events[1].object.kind, 'PartialObjectMetadata');
  assert.equal(marked.summary(), 'ADDED a, BOOKMARK, ADDED b');
  assert.equal(marked.events[1].object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  for (const one of [table, partial, marked]) one.close();
});

test('a watch ends when its time is over, and when the server stops', async (t) => {
  const hub = await startHubApi(t);
  const short = await openWatch(hub, `${configMaps}?watch=1&timeoutSeconds=1`);
  const long = await openWatch(hub, `${configMaps}?watch=1`);
  await short.ended;
  assert.deepEqual(short.events, []);
  await hub.server.stop?.();
  await long.ended;
});

test('a watch of a long list arrives whole at a slow client', async (t) => {
  const hub = await startHubApi(t);
  const payload = 'x'.repeat(100_000);
  const names = Array.from({ length: 100 }, (_, index) => `m${index}`);
  await Promise.all(names.map((name) => put(hub, name, {}, payload)));
  const watch = await openWatch(hub, `${configMaps}?watch=1`);
  watch.pause();
  await put(hub, 'last', {});
  await hub.ask('GET', `${configMaps}/last`);
  watch.resume();
  await eventually('all events', () => watch.events.length === 101);
  assert.equal(watch.events.at(-1).object.metadata.name, 'last');
  watch.close();
});

test('a client that does not read is let go, others are not held up', async (t) => {
  const hub = await startHubApi(t);
  const slow = await openWatch(hub, `${configMaps}?watch=1&resourceVersion=0`);
  const quick = await openWatch(hub, `${configMaps}?watch=1&resourceVersion=0`);
  slow.pause();
  const payload = 'x'.repeat(900_000);
  for (let index = 0; index < 60; index += 1) await put(hub, `m${index}`, {}, payload);
  await eventually('the quick one has everything', () => quick.events.length === 60, 20_000);
  slow.resume();
  await slow.ended;
  assert.ok(slow.events.length < 60);
  quick.close();
});
