/** Custom kinds with several versions, converted by a webhook behind a Service. */
import assert from 'node:assert/strict';
import { type CustomKind, conversionWebhook, define, definitions } from '../custom.ts';
import { type ApiObject, conformance } from '../suite.ts';

/** v1 keeps `hostPort`, v2 `host` and `port`. */
function split(object: ApiObject, apiVersion: string): ApiObject {
  const { hostPort, host, port, ...rest } = object;
  if (apiVersion.endsWith('/v1')) return { ...rest, apiVersion, hostPort: `${host}:${port}` } as ApiObject;
  const [newHost, newPort] = String(hostPort).split(':');
  return { ...rest, apiVersion, host: newHost, port: newPort } as ApiObject;
}

const text = { type: 'string' };
const schemas = {
  v1: { type: 'object', properties: { hostPort: text } },
  v2: { type: 'object', properties: { host: text, port: text } },
};

const kind = (conversion: object): CustomKind => ({
  conversion,
  versions: [
    {
      name: 'v1',
      storage: true,
      schema: schemas.v1,
      more: { selectableFields: [{ jsonPath: '.hostPort' }] },
    },
    {
      name: 'v2',
      schema: schemas.v2,
      more: { selectableFields: [{ jsonPath: '.host' }, { jsonPath: '.port' }] },
    },
  ],
});

conformance('[sig-api-machinery] crd_conversion_webhook.go: convert CR v1 to v2', async (cluster) => {
  const defined = await define(cluster, kind(await conversionWebhook(cluster, split)));
  await cluster.ok('POST', defined.path('v1'), defined.object('one', { hostPort: 'local:8080' }, 'v1'));
  const read = await cluster.ok('GET', `${defined.path('v2')}/one`);
  assert.deepEqual([read.apiVersion, read['host'], read['port']], [`${defined.group}/v2`, 'local', '8080']);
});

conformance('[sig-api-machinery] crd_conversion_webhook.go: convert mixed-version list', async (cluster) => {
  const defined = await define(cluster, kind(await conversionWebhook(cluster, split)));
  await cluster.ok('POST', defined.path('v1'), defined.object('one', { hostPort: 'local:1' }, 'v1'));
  await cluster.patch('json', `${definitions}/${defined.name}`, [
    { op: 'replace', path: '/spec/versions/0/storage', value: false },
    { op: 'replace', path: '/spec/versions/1/storage', value: true },
  ]);
  await cluster.ok('POST', defined.path('v1'), defined.object('two', { hostPort: 'local:2' }, 'v1'));
  const first = await cluster.items(defined.path('v1'));
  assert.deepEqual(
    first.map((one) => one['hostPort']),
    ['local:1', 'local:2'],
  );
  const second = await cluster.items(defined.path('v2'));
  assert.deepEqual(
    second.map((one) => [one['host'], one['port']]),
    [
      ['local', '1'],
      ['local', '2'],
    ],
  );
});

conformance('[sig-api-machinery] crd_selectable_fields.go: CRD selectableFields', async (cluster) => {
  const defined = await define(cluster, kind(await conversionWebhook(cluster, split)));
  const watching = await cluster.watch(`${defined.path('v2')}?watch=true&fieldSelector=host%3Dhost1`);
  const objects = [
    ['a', 'host1:80'],
    ['b', 'host1:8080'],
    ['c', 'host2:80'],
  ] as const;
  for (const [name, hostPort] of objects) {
    await cluster.ok('POST', defined.path('v1'), defined.object(name, { hostPort }, 'v1'));
  }
  const names = async (version: string, selector: string): Promise<string[]> =>
    (await cluster.items(`${defined.path(version)}?fieldSelector=${encodeURIComponent(selector)}`)).map(
      ({ metadata }) => metadata.name,
    );
  assert.deepEqual(await names('v1', 'hostPort=host1:80'), ['a']);
  assert.deepEqual(await names('v2', 'host=host1'), ['a', 'b']);
  assert.deepEqual(await names('v2', 'host=host1,port=80'), ['a']);
  assert.equal((await cluster.api('GET', `${defined.path('v1')}?fieldSelector=host%3Dhost1`)).status, 400);
  await cluster.patch('merge', `${defined.path('v2')}/a`, { host: 'host3' });
  await cluster.eventually(definitions, () => watching.events.length >= 3);
  assert.deepEqual(
    watching.events.map(({ type, object }) => [type, object.metadata.name]),
    [
      ['ADDED', 'a'],
      ['ADDED', 'b'],
      ['DELETED', 'a'],
    ],
  );
  await cluster.ok('DELETE', `${defined.path('v2')}?fieldSelector=host%3Dhost1`);
  assert.deepEqual(
    (await cluster.items(defined.path('v2'))).map(({ metadata }) => metadata.name),
    ['a', 'c'],
  );
});
