/** Lists over real HTTPS: forms, pages, size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';
const accept = (as: string): { headers: Record<string, string> } => ({
  headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io,application/json` },
});

async function withConfigMaps(hub: HubApi, count: number, size: number): Promise<void> {
  const payload = 'x'.repeat(size);
  const make = (index: number): Promise<unknown> =>
    hub.ask('POST', configMaps, {
      body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: `m${index}` }, data: { payload } },
    });
  await Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

test('items of a list leave out what the list says for all of them', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 2, 1);
  const { json } = await hub.ask('GET', configMaps);
  assert.deepEqual([json.kind, json.apiVersion, json.items.length], ['ConfigMapList', 'v1', 2]);
  assert.deepEqual(Object.keys(json.items[0]).sort(), ['data', 'metadata']);
  assert.match(json.metadata.resourceVersion, /^\d+$/);
  assert.deepEqual((await hub.ask('GET', '/api/v1/pods')).json.items, []);
});

test('a long list arrives whole, also items bigger than a chunk', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 400, 1000);
  await withConfigMaps(hub, 0, 0);
  await hub.ask('POST', configMaps, {
    body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'huge' }, data: { a: 'y'.repeat(500_000) } },
  });
  const { json, headers, text } = await hub.ask('GET', configMaps);
  assert.equal(headers['content-length'], String(Buffer.byteLength(text)));
  assert.equal(json.items.length, 401);
  assert.equal(json.items[0].data.a.length, 500_000);
});

test('pages follow each other and say what remains', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 5, 1);
  const names: string[] = [];
  let token = '';
  let pages = 0;
  do {
    const { json } = await hub.ask('GET', `${configMaps}?limit=2&continue=${token}`);
    if (pages === 0) assert.equal(json.metadata.remainingItemCount, 3);
    for (const item of json.items) names.push(item.metadata.name);
    token = json.metadata.continue ?? '';
    pages += 1;
  } while (token !== '');
  assert.deepEqual([names, pages], [['m0', 'm1', 'm2', 'm3', 'm4'], 3]);
});

test('tables and metadata alone are there for the asking', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 2, 1);
  const table = (await hub.ask('GET', configMaps, accept('Table'))).json;
  assert.deepEqual([table.kind, table.apiVersion, table.rows.length], ['Table', 'meta.k8s.io/v1', 2]);
  assert.equal(table.columnDefinitions[0].name, 'Name');
  assert.equal(table.rows[0].object.kind, 'PartialObjectMetadata');
  const bare = (await hub.ask('GET', `${configMaps}?includeObject=None`, accept('Table'))).json;
  assert.equal(bare.rows[0].object, null);
  const partial = (await hub.ask('GET', configMaps, accept('PartialObjectMetadataList'))).json;
  assert.deepEqual(Object.keys(partial.items[0]), ['kind', 'apiVersion', 'metadata']);
  const one = (await hub.ask('GET', `${configMaps}/m0`, accept('PartialObjectMetadata'))).json;
  assert.equal(one.kind, 'PartialObjectMetadata');
  const wrong = await hub.ask('GET', configMaps, {
    headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
  });
  assert.equal(wrong.status, 406);
});

test('an answer comes as YAML or indented when asked for', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 1, 1);
  const yaml = await hub.ask('GET', configMaps, { headers: { accept: 'application/yaml' } });
  assert.match(yaml.text, /^apiVersion: v1\nitems:\n/);
  const pretty = await hub.ask('GET', `${configMaps}/m0?pretty=true`);
  assert.match(pretty.text, /^{\n {2}"kind": "ConfigMap",\n/);
});

test('a long list in YAML says what the one in JSON says', async (t) => {
  const hub = await startHubApi(t);
  await withConfigMaps(hub, 150, 1000);
  const data = {
    a: 'x\n\n  y\n',
    b: ' - #: {',
    c: '"\'\\',
    d: '',
    e: 'null',
    f: '\n\n',
    g: 'ö\u{1f6a3}\t',
    h: 'a\n \nb',
  };
  await hub.ask('POST', configMaps, { body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'odd' }, data } });
  for (const as of ['', ';as=Table;v=v1;g=meta.k8s.io', ';as=PartialObjectMetadataList;v=v1;g=meta.k8s.io']) {
    const json = await hub.ask('GET', configMaps, { headers: { accept: `application/json${as}` } });
    const yaml = await hub.ask('GET', configMaps, { headers: { accept: `application/yaml${as}` } });
    assert.equal(yaml.headers['content-type'], 'application/yaml');
    assert.deepEqual(parse(yaml.text), json.json);
  }
});
