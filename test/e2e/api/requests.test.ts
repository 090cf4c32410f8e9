/** Requests over real HTTPS: reading, writing, refusals, and what lies around the resources. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { test } from 'node:test';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';
import { bytes, envelope } from '../../support/wire.ts';

const configMaps = '/api/v1/namespaces/a/configmaps';
const configMap = (name: string, data: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const hub = (test: Parameters<typeof startHubApi>[0]): Promise<HubApi> => startHubApi(test);

test('an object is created, read, replaced, patched and deleted', async (t) => {
  const { ask } = await hub(t);
  const created = await ask('POST', configMaps, { body: configMap('m', { k: 'v' }) });
  assert.equal(created.status, 201);
  assert.equal(created.headers['content-type'], 'application/json');
  assert.equal(created.headers['cache-control'], 'no-cache, private');
  const read = await ask('GET', `${configMaps}/m`);
  assert.equal(read.text, created.text);
  assert.ok(read.text.endsWith('}\n'));
  const replaced = await ask('PUT', `${configMaps}/m`, { body: configMap('m', { k: 'w' }) });
  assert.deepEqual([replaced.status, replaced.json.data], [200, { k: 'w' }]);
  const patched = await ask('PATCH', `${configMaps}/m`, {
    body: { data: { l: 'ö' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.deepEqual(patched.json.data, { k: 'w', l: 'ö' });
  const deleted = await ask('DELETE', `${configMaps}/m`);
  assert.deepEqual(deleted.json.details, { name: 'm', kind: 'configmaps', uid: created.json.metadata.uid });
  assert.equal((await ask('GET', `${configMaps}/m`)).status, 404);
});

test('refusals carry the reasons and codes clients know', async (t) => {
  const { ask } = await hub(t);
  const expected: [string, string, number, string][] = [
    ['GET', `${configMaps}/none`, 404, 'NotFound'],
    ['GET', '/api/v1/namespaces/a/widgets', 404, 'NotFound'],
    ['GET', '/api/v1/namespaces/a/nodes', 404, 'NotFound'],
    ['GET', `${configMaps}/m/foo`, 404, 'NotFound'],
    ['GET', '/api/v1/configmaps/m', 404, 'NotFound'],
    ['POST', '/api/v1/configmaps', 405, 'MethodNotAllowed'],
    ['PUT', configMaps, 405, 'MethodNotAllowed'],
    ['POST', `${configMaps}/m`, 405, 'MethodNotAllowed'],
    ['OPTIONS', configMaps, 405, 'MethodNotAllowed'],
    ['GET', `${configMaps}/..`, 400, 'BadRequest'],
    ['GET', `${configMaps}?limit=x`, 400, 'BadRequest'],
    ['GET', `${configMaps}?labelSelector=!!`, 400, 'BadRequest'],
    ['GET', `${configMaps}?resourceVersionMatch=Exact`, 422, 'Invalid'],
    ['GET', `${configMaps}?resourceVersion=999999`, 504, 'Timeout'],
  ];
  for (const [method, path, code, reason] of expected) {
    const { status, json } = await ask(method, path);
    assert.deepEqual([status, json.code, json.reason, json.kind], [code, code, reason, 'Status'], `${method} ${path}`);
  }
});

test('a new object may bring no revision along; 0 and what is none are as good as unset', async (t) => {
  const { ask } = await hub(t);
  const create = async (name: string, resourceVersion: string) => {
    const body = { ...configMap(name, {}), metadata: { name, resourceVersion } };
    const { status, json } = await ask('POST', configMaps, { body });
    return [status, json.message];
  };
  assert.deepEqual(await create('r', '7'), [400, 'resourceVersion should not be set on objects to be created']);
  assert.deepEqual(await create('r', '0'), [201, undefined]);
  assert.deepEqual(await create('s', 'x'), [201, undefined]);
});

test('bodies that are broken, too big or of an unknown form cost a 4xx', async (t) => {
  const { ask } = await hub(t);
  const type = (value: string): Record<string, string> => ({ 'content-type': value });
  assert.equal((await ask('POST', configMaps, { body: '{"apiVersion":' })).status, 400);
  assert.equal((await ask('POST', configMaps, { body: '[]' })).status, 400);
  assert.equal((await ask('POST', configMaps, { body: `${'['.repeat(100_000)}` })).status, 400);
  assert.equal((await ask('POST', configMaps, { body: 'x', headers: type('text/plain') })).status, 415);
  const big = await ask('POST', configMaps, { body: configMap('m', { a: 'x'.repeat(3 * 1024 * 1024) }) });
  assert.deepEqual([big.status, big.json.reason], [413, 'RequestEntityTooLarge']);
  assert.equal((await ask('PATCH', `${configMaps}/m`, { body: {} })).status, 415);
});

test('what is left of a body that is too big is not taken for the next request', async (t) => {
  const { agent, port } = await hub(t);
  const one = new Agent({ ...agent.options, keepAlive: true, maxSockets: 1 });
  t.after(() => one.destroy());
  const answer = async (method: string, chunks: readonly Buffer[]): Promise<number | undefined> => {
    const sent = request({ agent: one, host: '127.0.0.1', port, method, path: configMaps });
    for (const chunk of chunks) sent.write(chunk);
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };
  const megabyte = Buffer.alloc(2 ** 20, 'x');
  assert.equal(await answer('POST', [megabyte, megabyte, megabyte, megabyte, megabyte]), 413);
  assert.equal(await answer('GET', []), 200);
});

test('unknown fields warn, or are refused when the client is strict', async (t) => {
  const { ask } = await hub(t);
  const body = { ...configMap('m'), nope: 1 };
  const warned = await ask('POST', `${configMaps}?dryRun=All`, { body });
  assert.deepEqual([warned.status, warned.headers['warning']], [201, '299 - "unknown field \\"nope\\""']);
  const strict = await ask('POST', `${configMaps}?fieldValidation=Strict`, { body });
  assert.deepEqual([strict.status, strict.json.reason], [400, 'BadRequest']);
  assert.match(strict.json.message, /strict decoding error: unknown field "nope"$/);
  assert.equal((await ask('GET', `${configMaps}/m`)).status, 404);
});

test('warnings hold any text and stay short enough for headers', async (t) => {
  const { ask } = await hub(t);
  const odd = await ask('POST', `${configMaps}?dryRun=All`, { body: { ...configMap('m'), 'ö\u{1f6a3}\n': 1 } });
  assert.equal(odd.status, 201);
  const warning = Buffer.from(odd.headers['warning'] ?? '', 'latin1').toString();
  assert.equal(warning, '299 - "unknown field \\"ö\u{1f6a3}\\\\n\\""');
  const many = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`${index}${'x'.repeat(9000)}`, 1]));
  const cut = await ask('POST', `${configMaps}?dryRun=All`, { body: { ...configMap('m'), ...many } });
  assert.equal(cut.status, 201);
  assert.ok((cut.headers['warning']?.length ?? 0) < 5000);
});

test('a body in Protocol Buffers is read', async (t) => {
  const { ask } = await hub(t);
  const body = envelope('v1', 'ConfigMap', bytes(1, bytes(1, 'p')), bytes(2, bytes(1, 'k'), bytes(2, 'v')));
  const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
  const created = await ask('POST', configMaps, { body, headers });
  assert.deepEqual([created.status, created.json.metadata.name, created.json.data], [201, 'p', { k: 'v' }]);
  const other = await ask('POST', configMaps, { body: envelope('v1', 'Secret'), headers });
  assert.match(other.json.message, /^Secret in version "v1" cannot be handled as a ConfigMap/);
});

test('big answers are compressed for clients that take it, small ones are not', async (t) => {
  const { ask } = await hub(t);
  await ask('POST', configMaps, { body: configMap('big', { a: 'x'.repeat(200_000) }) });
  const headers = { 'accept-encoding': 'gzip' };
  assert.equal((await ask('GET', `${configMaps}/big`, { headers })).headers['content-encoding'], 'gzip');
  assert.equal((await ask('GET', configMaps, { headers })).headers['content-encoding'], 'gzip');
  assert.equal((await ask('GET', '/version', { headers })).headers['content-encoding'], undefined);
  assert.equal((await ask('GET', `${configMaps}/big`)).json.data.a.length, 200_000);
});

test('somebody else is impersonated, and may only what they may', async (t) => {
  const { ask } = await hub(t);
  const ann = { 'impersonate-user': 'ann', 'impersonate-group': 'team' };
  const refused = await ask('GET', configMaps, { headers: ann });
  assert.equal(refused.status, 403);
  assert.equal(
    refused.json.message,
    'configmaps is forbidden: User "ann" cannot list resource "configmaps" in API group "" in the namespace "a"',
  );
  const path = await ask('GET', '/metrics', { headers: ann });
  assert.equal(path.json.message, 'forbidden: User "ann" cannot get path "/metrics"');
  assert.equal((await ask('GET', configMaps, { headers: { 'impersonate-group': 'g' } })).status, 400);
  assert.equal((await ask('GET', configMaps, { headers: { 'impersonate-extra-scopes': 's' } })).status, 400);
  assert.equal((await ask('GET', configMaps, { headers: { 'impersonate-user': '' } })).status, 200);
});

test('rare answers are those of kube-apiserver', async (t) => {
  const { ask } = await hub(t);
  const nobody = await ask('GET', configMaps, { headers: { 'impersonate-group': 'g' } });
  assert.deepEqual(
    [nobody.status, nobody.json.reason, nobody.json.message],
    [
      400,
      'BadRequest',
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ],
  );
  const keys = (accept: string) => ask('GET', '/openid/v1/jwks', { headers: { accept } });
  assert.deepEqual([(await keys('application/json')).status, (await keys('application/json, */*')).status], [406, 200]);

  const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const review = (spec: object) => ask('POST', reviews, { body: { metadata: { namespace: 'a' }, spec } });
  const { metadata } = (await review({ user: 'u', nonResourceAttributes: { path: '/x' } })).json;
  assert.deepEqual(Object.keys(metadata), ['managedFields']);
  assert.deepEqual(metadata.managedFields[0].fieldsV1['f:spec'], {
    'f:nonResourceAttributes': { '.': {}, 'f:path': {} },
    'f:user': {},
  });
  const refused = await review({ user: 'u' });
  assert.match(
    refused.json.message,
    /^\.authorization\.k8s\.io "" is invalid: spec\.resourceAttributes: Invalid value: null: /,
  );
  assert.deepEqual(Object.keys(refused.json.details).sort(), ['causes', 'group']);

  const yaml = await ask('POST', configMaps, {
    body: Buffer.from('kind: ConfigMap\napiVersion: v1\nmetadata: {name: 5}\ndata: {b: 1, a: [x]}\n'),
    headers: { 'content-type': 'application/yaml' },
  });
  assert.match(yaml.json.message, /cannot unmarshal array into Go struct field ConfigMap\.data of type string$/);

  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const rowsOf = async (path: string) =>
    (await ask('GET', `${path}?labelSelector=none`, { headers: { accept } })).json.rows;
  assert.equal(await rowsOf('/apis/rbac.authorization.k8s.io/v1/clusterroles'), null);
  assert.deepEqual(await rowsOf(configMaps), []);

  const jobs = '/apis/batch/v1/namespaces/a/jobs';
  const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } };
  await ask('POST', jobs, { body: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec } });
  const told = async (query: string) => (await ask('DELETE', `${jobs}/j${query}`)).headers['warning'];
  assert.match((await told('?dryRun=All')) ?? '', /child pods are preserved by default/);
  assert.equal(await told('?propagationPolicy=Background'), undefined);
});

test('health, version, discovery and unknown paths are answered', async (t) => {
  const { ask } = await hub(t);
  assert.equal((await ask('GET', '/readyz')).text, 'ok');
  assert.match((await ask('GET', '/livez?verbose')).text, /^\[\+\]ping ok\nlivez check passed\n$/);
  assert.equal((await ask('GET', '/healthz/ping')).text, 'ok');
  assert.equal((await ask('GET', '/healthz/none')).status, 404);
  assert.match((await ask('GET', '/version')).json.gitVersion, /^v1\.36\.0\+coracle\./);
  assert.equal((await ask('GET', '/api')).json.kind, 'APIVersions');
  assert.deepEqual(
    [await ask('GET', '/nothing')].map(({ status, text }) => [status, text]),
    [[404, '404 page not found\n']],
  );
  assert.equal((await ask('GET', '/apis/apps/v9')).json.reason, 'NotFound');
});

test('finalize writes finalizers and metadata, and leaves the rest alone', async (t) => {
  const { ask } = await hub(t);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'f' }, spec: { finalizers: ['x.io/f'] } };
  await ask('POST', '/api/v1/namespaces', { body: namespace });
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'f', labels: { by: 'finalize' } }, spec: {} };
  const { status, json } = await ask('PUT', '/api/v1/namespaces/f/finalize', { body });
  assert.deepEqual([status, json.spec.finalizers, json.metadata.labels?.by], [200, undefined, 'finalize']);
  assert.equal(json.status.phase, 'Active');
});
