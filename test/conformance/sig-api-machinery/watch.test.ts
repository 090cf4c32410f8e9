/** Watches: order, selectors, and going on from a resourceVersion. */
import assert from 'node:assert/strict';
import { type Cluster, conformance, until, type WatchEvent } from '../suite.ts';

const path = ({ namespace }: Cluster): string => `/api/v1/namespaces/${namespace}/configmaps`;
const types = (events: readonly WatchEvent[]): string[] => events.map((event) => event.type);

function configMap(name: string, labels: Record<string, string>, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

async function revisionOf(
  cluster: Cluster,
  name: string,
  method: 'POST' | 'PUT',
  labels: Record<string, string>,
  data = {},
): Promise<string> {
  const where = method === 'POST' ? path(cluster) : `${path(cluster)}/${name}`;
  const { body } = await cluster.api<{ metadata: { resourceVersion: string } }>(
    method,
    where,
    configMap(name, labels, data),
  );
  return body.metadata.resourceVersion;
}

conformance('[sig-api-machinery] watch.go: add/update/delete notifications', async (cluster) => {
  const watch = (selector: string) =>
    cluster.watch(`${path(cluster)}?watch=true&labelSelector=${encodeURIComponent(selector)}`);
  const [a, b, both] = [await watch('w=a'), await watch('w=b'), await watch('w in (a,b)')];
  await revisionOf(cluster, 'a', 'POST', { w: 'a' });
  await revisionOf(cluster, 'a', 'PUT', { w: 'a' }, { mutation: '1' });
  await cluster.api('DELETE', `${path(cluster)}/a`);
  await revisionOf(cluster, 'b', 'POST', { w: 'b' });
  await cluster.api('DELETE', `${path(cluster)}/b`);
  await until(() => both.events.length === 5 && a.events.length === 3 && b.events.length === 2);
  assert.deepEqual(types(a.events), ['ADDED', 'MODIFIED', 'DELETED']);
  assert.deepEqual(types(b.events), ['ADDED', 'DELETED']);
  assert.deepEqual(types(both.events), ['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'DELETED']);
  for (const one of [a, b, both]) one.close();
});

conformance('[sig-api-machinery] watch.go: watch from specific RV', async (cluster) => {
  await revisionOf(cluster, 'c', 'POST', { w: 'c' });
  const first = await revisionOf(cluster, 'c', 'PUT', { w: 'c' }, { mutation: '1' });
  await revisionOf(cluster, 'c', 'PUT', { w: 'c' }, { mutation: '2' });
  await cluster.api('DELETE', `${path(cluster)}/c`);
  const watch = await cluster.watch(`${path(cluster)}?watch=true&labelSelector=w%3Dc&resourceVersion=${first}`);
  await until(() => watch.events.length === 2);
  assert.deepEqual(types(watch.events), ['MODIFIED', 'DELETED']);
  watch.close();
});

conformance('[sig-api-machinery] watch.go: restart watch from last RV', async (cluster) => {
  const first = await cluster.watch(`${path(cluster)}?watch=true&labelSelector=w%3Dd`);
  await revisionOf(cluster, 'd', 'POST', { w: 'd' });
  await revisionOf(cluster, 'd', 'PUT', { w: 'd' }, { mutation: '1' });
  await until(() => first.events.length === 2);
  first.close();
  await revisionOf(cluster, 'd', 'PUT', { w: 'd' }, { mutation: '2' });
  await cluster.api('DELETE', `${path(cluster)}/d`);
  const last = first.events.at(-1)?.object.metadata.resourceVersion;
  const second = await cluster.watch(`${path(cluster)}?watch=true&labelSelector=w%3Dd&resourceVersion=${last}`);
  await until(() => second.events.length === 2);
  assert.deepEqual(types(second.events), ['MODIFIED', 'DELETED']);
  second.close();
});

conformance('[sig-api-machinery] watch.go: selector no longer matches', async (cluster) => {
  const watch = await cluster.watch(`${path(cluster)}?watch=true&labelSelector=w%3De`);
  await revisionOf(cluster, 'e', 'POST', { w: 'e' });
  await revisionOf(cluster, 'e', 'PUT', { w: 'other' });
  await revisionOf(cluster, 'e', 'PUT', { w: 'other' }, { mutation: '1' });
  await revisionOf(cluster, 'e', 'PUT', { w: 'e' }, { mutation: '2' });
  await cluster.api('DELETE', `${path(cluster)}/e`);
  await until(() => watch.events.length === 4);
  assert.deepEqual(types(watch.events), ['ADDED', 'DELETED', 'ADDED', 'DELETED']);
  watch.close();
});

conformance('[sig-api-machinery] watch.go: same order on concurrent watches', async (cluster) => {
  let revision = await revisionOf(cluster, 'first', 'POST', { w: 'f' });
  const watches: { events: WatchEvent[]; close: () => void; from: string }[] = [];
  for (let index = 0; index < 20; index += 1) {
    watches.push({
      ...(await cluster.watch(`${path(cluster)}?watch=true&resourceVersion=${revision}`)),
      from: revision,
    });
    revision = await revisionOf(cluster, `f${index}`, 'POST', { w: 'f' });
    if (index % 3 === 0) await cluster.api('DELETE', `${path(cluster)}/f${index}`);
  }
  const all = watches[0]?.events ?? [];
  await until(() => all.at(-1)?.object.metadata.name === 'f19');
  const order = all.map((event) => event.object.metadata.resourceVersion);
  for (const { events, from } of watches) {
    const expected = order.filter((one) => Number(one) > Number(from));
    await until(() => events.length === expected.length);
    assert.deepEqual(
      events.map((event) => event.object.metadata.resourceVersion),
      expected,
    );
  }
  for (const one of watches) one.close();
});
