/** How answers travel: compressed, remembered by their hash, warned about; and big YAML that lets others go on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';
const gzip = { 'accept-encoding': 'gzip' };

describe('serving', () => {
  let hub: HubApi;
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  before(async () => {
    hub = await startHubApi({ after: (end: () => unknown) => void ends.push(end) } as Parameters<
      typeof startHubApi
    >[0]);
    const data = { k: 'v'.repeat(50_000) };
    for (const name of ['a', 'b', 'c']) await hub.ask('POST', configMaps, { body: { metadata: { name }, data } });
  });
  const raw = (
    path: string,
    headers: Record<string, string>,
  ): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const sent = request({ agent: hub.agent, host: '127.0.0.1', port: hub.port, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      });
      sent.on('error', reject);
      sent.end();
    });

  test('bodies above 128 KB are compressed for those who take gzip, and for nobody else', async () => {
    const plain = await raw(configMaps, {});
    assert.equal(plain.headers['content-encoding'], undefined);
    for (const path of [configMaps, '/openapi/v2', `${configMaps}?limit=5`]) {
      const packed = await raw(path, { 'accept-encoding': 'deflate, gzip' });
      assert.equal(packed.headers['content-encoding'], 'gzip', path);
      assert.match(packed.headers.vary ?? '', /Accept-Encoding/);
      if (path === configMaps) assert.deepEqual(gunzipSync(packed.body), plain.body);
    }
    for (const [path, headers] of [
      [`${configMaps}/a`, gzip],
      [configMaps, { 'accept-encoding': 'gzip;q=0' }],
      [configMaps, { 'accept-encoding': 'identity' }],
    ] as const) {
      assert.equal((await raw(path, headers)).headers['content-encoding'], undefined, path);
    }
  });

  test('discovery and OpenAPI are sent once: they are known by their hash', async () => {
    const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
    for (const path of ['/apis', '/api']) {
      const first = await hub.ask('GET', path, { headers: aggregated });
      const etag = String(first.headers.etag);
      assert.match(etag, /^"[0-9A-F]+"$/);
      assert.equal(first.headers['cache-control'], 'public');
      const again = await hub.ask('GET', path, { headers: { ...aggregated, 'if-none-match': etag } });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
    }
    const index = (await hub.ask('GET', '/openapi/v3')).json.paths;
    const { serverRelativeURL: url } = index['apis/batch/v1'];
    const named = await hub.ask('GET', url);
    assert.deepEqual([named.status, named.headers['cache-control']], [200, 'public, immutable']);
    assert.ok(Date.parse(String(named.headers.expires)) > Date.now() + 364 * 24 * 3_600_000);
    const held = await hub.ask('GET', url, { headers: { 'if-none-match': `"x", W/${named.headers.etag}` } });
    assert.deepEqual([held.status, held.text], [304, '']);
    const old = await hub.ask('GET', `${url.slice(0, -4)}FFFF`);
    assert.deepEqual([old.status, old.headers.location], [301, url]);
    const plain = await hub.ask('GET', '/openapi/v3/apis/batch/v1');
    assert.equal(plain.headers['cache-control'], 'no-cache, private');
  });

  test('what is deprecated says so, and is counted', async () => {
    const { headers } = await hub.ask('GET', '/api/v1/namespaces/a/endpoints');
    assert.match(String(headers['warning']), /^299 - "v1 Endpoints is deprecated in v1\.33\+/);
    const { text } = await hub.ask('GET', '/metrics');
    assert.match(text, /^apiserver_requested_deprecated_apis\{version="v1",resource="endpoints"\} 1$/m);
    assert.doesNotMatch(text, /apiserver_requested_deprecated_apis\{version="v1",resource="configmaps"/);
  });

  test('a big body of YAML is read while others are served; one of too many parts is refused', async () => {
    const type = { 'content-type': 'application/yaml' };
    const keys = (count: number): string =>
      Array.from({ length: count }, (_, index) => `  key${index}: value ${index} of many\n`).join('');
    const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n';
    let longest = 0;
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        const began = performance.now();
        await hub.ask('GET', `${configMaps}/a`);
        longest = Math.max(longest, performance.now() - began);
      }
    })();
    const read = await hub.ask('POST', `${configMaps}?dryRun=All`, { body: head + keys(10_000), headers: type });
    assert.deepEqual([read.status, Object.keys(read.json.data).length], [201, 10_000]);
    const many = await hub.ask('POST', configMaps, { body: head + keys(45_000), headers: type });
    assert.deepEqual([many.status, many.json.reason], [413, 'RequestEntityTooLarge']);
    const text = `${head}  text: |\n${'    a line of a text that is long\n'.repeat(30_000)}`;
    assert.equal((await hub.ask('POST', `${configMaps}?dryRun=All`, { body: text, headers: type })).status, 201);
    isOver = true;
    await others;
    assert.ok(longest < 1000, `others waited ${longest} ms`);
  });
});
