/** Protocol Buffers over real HTTPS, as typed Go clients speak them: bodies, answers, lists and watches. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { openEnvelope, Protobuf, protobufType } from '../../../hub/kinds/protobuf/protobuf.ts';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const codec = new Protobuf();
const core = 'io.k8s.api.core.v1.';
const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

interface Raw {
  readonly status: number;
  readonly type: string | undefined;
  readonly length: string | undefined;
  readonly body: Buffer;
}

/** A request whose answer stays bytes; `onData` sees them as they come. */
function raw(
  hub: HubApi,
  method: string,
  path: string,
  what: { body?: Buffer | undefined; accept?: string; onData?: (chunk: Buffer) => void } = {},
): Promise<Raw> {
  const { promise, resolve, reject } = Promise.withResolvers<Raw>();
  const headers = {
    accept: what.accept ?? protobufType,
    ...(what.body ? { 'content-type': protobufType, 'content-length': what.body.length } : {}),
  };
  const sent = request({ agent: hub.agent, host: '127.0.0.1', port: hub.port, method, path, headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      what.onData?.(chunk);
    });
    answer.on('error', reject);
    answer.on('end', () => {
      const { 'content-type': type, 'content-length': length } = answer.headers;
      resolve({ status: answer.statusCode ?? 0, type, length, body: Buffer.concat(chunks) });
    });
  });
  sent.on('error', reject);
  sent.end(what.body);
  return promise;
}

const configMap = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { k: 'ü' },
});
const maps = '/api/v1/namespaces/default/configmaps';
// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
const decoded = (type: string, body: Buffer): any => codec.decode(type, openEnvelope(body).raw);

test('an object is created, read, replaced and deleted', async (t) => {
  const hub = await startHubApi(t);
  const created = await raw(hub, 'POST', maps, { body: codec.encode(`${core}ConfigMap`, configMap('a')) });
  assert.deepEqual([created.status, created.type], [201, protobufType]);
  const object = decoded(`${core}ConfigMap`, created.body);
  assert.deepEqual([object.metadata.name, object.data], ['a', { k: 'ü' }]);
  const changed = { apiVersion: 'v1', kind: 'ConfigMap', ...object, data: { k: 'v' } };
  const put = await raw(hub, 'PUT', `${maps}/a`, { body: codec.encode(`${core}ConfigMap`, changed) });
  assert.equal(put.status, 200);
  assert.deepEqual((await hub.ask('GET', `${maps}/a`)).json.data, { k: 'v' });
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } };
  const type = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
  const refused = await raw(hub, 'DELETE', `${maps}/a`, { body: codec.encode(type, options) });
  assert.deepEqual([refused.status, decoded(statusType, refused.body).reason], [409, 'Conflict']);
  const gone = await raw(hub, 'DELETE', `${maps}/a`);
  assert.deepEqual([gone.status, decoded(statusType, gone.body).status], [200, 'Success']);
  const missing = await raw(hub, 'GET', `${maps}/a`);
  assert.equal(decoded(statusType, missing.body).message, 'configmaps "a" not found');
});

test('a list is one message', async (t) => {
  const hub = await startHubApi(t);
  for (const name of ['a', 'b', 'c']) await hub.ask('POST', maps, { body: configMap(name) });
  const { type, body } = await raw(hub, 'GET', `${maps}?limit=2`);
  assert.equal(type, protobufType);
  assert.equal(openEnvelope(body).kind, 'ConfigMapList');
  const list = decoded(`${core}ConfigMapList`, body);
  assert.deepEqual(
    list.items.map((one: { metadata: { name: string } }) => one.metadata.name),
    ['a', 'b'],
  );
  assert.equal(list.metadata.remainingItemCount, 1);
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  assert.equal((await raw(hub, 'GET', maps, { accept: `${table},${protobufType}` })).type, 'application/json');
});

test('a long list arrives whole, with its length', async (t) => {
  const hub = await startHubApi(t);
  const data = { k: 'ü'.repeat(50_000) };
  for (let index = 0; index < 5; index++) {
    await hub.ask('POST', maps, { body: { ...configMap(`m-${index}`), data: { ...data, own: String(index) } } });
  }
  const { body, length } = await raw(hub, 'GET', maps);
  assert.equal(length, String(body.length));
  const { items } = decoded(`${core}ConfigMapList`, body);
  assert.deepEqual(
    items.map((one: { data: object }) => one.data),
    [0, 1, 2, 3, 4].map((index) => ({ ...data, own: String(index) })),
  );
});

test('a watch is framed by lengths', async (t) => {
  const hub = await startHubApi(t);
  await hub.ask('POST', maps, { body: configMap('a') });
  let received = Buffer.alloc(0);
  const watching = raw(hub, 'GET', `${maps}?watch=1&timeoutSeconds=2`, {
    accept: `${protobufType};stream=watch`,
    onData: (chunk) => {
      received = Buffer.concat([received, chunk]);
    },
  });
  await eventually('the object is told', () => framesOf(received).length === 1);
  await hub.ask('DELETE', `${maps}/a`);
  await eventually('its end is told', () => framesOf(received).length === 2);
  const ended = await watching;
  assert.equal(ended.type, `${protobufType};stream=watch`);
  const events = framesOf(ended.body);
  assert.deepEqual(
    events.map(([type]) => type),
    ['ADDED', 'DELETED'],
  );
  assert.equal(decoded(`${core}ConfigMap`, events[1]?.[1] as Buffer).metadata.name, 'a');
});

/** Type and enveloped object of each event. */
function framesOf(bytes: Buffer): [string, Buffer][] {
  const events: [string, Buffer][] = [];
  let at = 0;
  while (at + 4 <= bytes.length && at + 4 + bytes.readUInt32BE(at) <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const frame = bytes.subarray(at + 4, end);
    const length = frame[1] ?? 0;
    const object = frame.subarray(frame.indexOf(Buffer.from('k8s\0')));
    events.push([frame.toString('utf8', 2, 2 + length), object]);
    at = end;
  }
  return events;
}

test('subresources take and give their own kinds', async (t) => {
  const hub = await startHubApi(t);
  await hub.ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } },
  });
  const tokenType = 'io.k8s.api.authentication.v1.TokenRequest';
  const ask = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['me'], expirationSeconds: 600 },
  };
  const token = await raw(hub, 'POST', '/api/v1/namespaces/default/serviceaccounts/sa/token', {
    body: codec.encode(tokenType, ask),
  });
  assert.equal(token.status, 201);
  assert.match(decoded(tokenType, token.body).status.token, /^ey/);
  const spec = { serviceAccountName: 'sa', containers: [{ name: 'c', image: 'i' }] };
  for (const name of ['p', 'q']) {
    const pod = codec.encode(`${core}Pod`, { apiVersion: 'v1', kind: 'Pod', ...{ metadata: { name }, spec } });
    assert.equal((await raw(hub, 'POST', '/api/v1/namespaces/default/pods', { body: pod })).status, 201);
  }
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
  const bound = await raw(hub, 'POST', '/api/v1/namespaces/default/pods/p/binding', {
    body: codec.encode(`${core}Binding`, binding),
  });
  assert.deepEqual([bound.status, decoded(statusType, bound.body).status], [201, 'Success']);
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'q' } };
  const evicted = await raw(hub, 'POST', '/api/v1/namespaces/default/pods/q/eviction', {
    body: codec.encode('io.k8s.api.policy.v1.Eviction', eviction),
  });
  assert.equal(evicted.status, 201);
});

test('bodies that are no message cost a 400', async (t) => {
  const hub = await startHubApi(t);
  const good = codec.encode(`${core}ConfigMap`, configMap('x')) as Buffer;
  const message = async (body: Buffer): Promise<string> => {
    const { status, body: answer } = await raw(hub, 'POST', maps, { body, accept: 'application/json' });
    assert.equal(status, 400);
    return (JSON.parse(answer.toString()) as { message: string }).message;
  };
  assert.match(await message(Buffer.from('{}')), /does not appear to be a protobuf message/);
  assert.match(await message(good.subarray(0, good.length - 3)), /unexpected EOF/);
  const pod = codec.encode(`${core}Pod`, { apiVersion: 'v1', kind: 'Pod' }) as Buffer;
  assert.match(await message(pod), /^Pod in version "v1" cannot be handled as a ConfigMap/);
});
