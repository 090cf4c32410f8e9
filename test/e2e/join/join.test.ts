/** Joining over real TLS: tokens in every state, names that are taken, requests that ask for too much. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { test } from 'node:test';
import { askHub, HubError } from '../../../agent/link/hub-request.ts';
import { brokerUrl, deviceKey, hubAddress, loadIdentity } from '../../../agent/link/identity.ts';
import { createRenewal, join, renew } from '../../../agent/link/join-client.ts';
import type { JoinTarget } from '../../../hub/api/join.ts';
import { identitySecretName, removedPatch } from '../../../hub/api/node-identity.ts';
import { configMaps, nodes, pods, secrets, serviceAccounts } from '../../../hub/api/resource.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createRequest } from '../../../hub/base/x509/request.ts';
import { eventually } from '../../support/eventually.ts';
import { type JoinHub, startJoinHub } from '../../support/join-hub.ts';
import { asAdmin } from '../../support/objects.ts';

const day = 24 * 3600_000;
const enter = (hub: JoinHub, target: JoinTarget, node: string, device = node) =>
  join({ target, node, directory: hub.device(device), clock: hub.clock });
const refusedWith =
  (code: number, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof HubError, String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  };

async function postCsr(
  hub: JoinHub,
  target: JoinTarget,
  node: string,
  subject: { commonName: string; organizations: string[] },
) {
  const csr = createRequest(subject, await deviceKey(hub.device(node)));
  const address = { host: target.host, port: target.port, pin: { caHash: target.caHash, now: hub.clock.now() } };
  const body = { token: target.token, node, csr, version: 'test' };
  return askHub(address, { method: 'POST', path: '/join', body });
}

test('a device with a token gets a certificate of its own and keeps it privately', async (t) => {
  const hub = await startJoinHub(t);
  const identity = await enter(hub, await hub.addNode(), 'edge-1');
  const certificate = new X509Certificate(identity.certificate);
  assert.match(certificate.subject, /CN=system:node:edge-1/);
  assert.equal(identity.ca, hub.pki.ca);
  assert.equal(brokerUrl(identity), 'mqtts://127.0.0.1:8883');
  assert.equal(identity.joinPort, hub.join.port);
  for (const file of readdirSync(hub.device('edge-1'))) {
    assert.equal(statSync(joinPath(hub.device('edge-1'), file)).mode & 0o777, 0o600, file);
  }
  assert.deepEqual(await loadIdentity(hub.device('edge-1')), identity);
  const stored = registryText(hub);
  assert.ok(!stored.includes(identity.key));
});

/** Everything the hub stores about tokens and identities. */
function registryText(hub: JoinHub): string {
  return [...hub.registry.entries(secrets)].map((entry) => entry.bytes.toString()).join('\n');
}

test('the hub keeps no token, only its hash', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  assert.ok(!registryText(hub).includes(target.token) && !registryText(hub).includes(btoa(target.token)));
});

test('a used token is refused to others, but the same device may repeat for ten minutes', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  await enter(hub, target, 'edge-1');
  await enter(hub, target, 'edge-1');
  await assert.rejects(
    enter(hub, target, 'edge-2'),
    refusedWith(401, /^the join token was already used: run `coracle add-node`/),
  );
  await assert.rejects(enter(hub, target, 'edge-1', 'thief'), refusedWith(401, /already used/));
  hub.clock.advance(11 * 60_000);
  await assert.rejects(enter(hub, target, 'edge-1'), refusedWith(401, /already used/));
});

test('a failed try does not use the token up', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  await assert.rejects(
    postCsr(hub, target, 'a', { commonName: 'system:node:b', organizations: ['system:nodes'] }),
    refusedWith(403, /asks for the name "system:node:b"/),
  );
  await assert.rejects(
    postCsr(hub, target, 'a', { commonName: 'system:node:a', organizations: ['system:masters'] }),
    refusedWith(403, /other groups/),
  );
  await assert.rejects(
    postCsr(hub, target, 'A!', { commonName: 'system:node:A!', organizations: ['system:nodes'] }),
    refusedWith(400, /not a name a node can have/),
  );
  await enter(hub, target, 'a');
});

test('of many devices at once with one single-use token, one joins', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((index) => enter(hub, target, `n${index}`)));
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('a token with an end serves many until then, and nobody after', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode({ expires: hub.clock.now() + 60_000 });
  await Promise.all([1, 2, 3].map((index) => enter(hub, target, `n${index}`)));
  hub.clock.advance(61_000);
  await assert.rejects(enter(hub, target, 'n4'), refusedWith(401, /^the join token has expired: run/));
});

test('an unknown token is refused, and after too many an address has to wait', async (t) => {
  const hub = await startJoinHub(t);
  const target = { ...(await hub.addNode()), token: 'f'.repeat(32) };
  await assert.rejects(enter(hub, target, 'a'), refusedWith(401, /^the join token is not known here: run/));
  for (let index = 1; index < 20; index += 1)
    await assert.rejects(enter(hub, target, 'a'), refusedWith(401, /not known/));
  await assert.rejects(enter(hub, target, 'a'), refusedWith(429, /too many failed joins/));
  hub.clock.advance(4000);
  await assert.rejects(enter(hub, target, 'a'), refusedWith(401, /not known/));
});

test('a name belongs to its device while its Node is there', async (t) => {
  const hub = await startJoinHub(t);
  await enter(hub, await hub.addNode(), 'edge-1');
  await hub.registry.create(nodes, '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'edge-1' } }, asAdmin);
  const second = await hub.addNode();
  await assert.rejects(enter(hub, second, 'edge-1', 'other'), refusedWith(409, /"edge-1" belongs to another device/));
  await enter(hub, await hub.addNode(), 'edge-1');
  await hub.registry.delete(nodes, '', 'edge-1', asAdmin);
  await enter(hub, second, 'edge-1', 'other');
});

test('bodies that are too long, no JSON or of another shape are refused', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  const address = { host: target.host, port: target.port, pin: { caHash: target.caHash, now: hub.clock.now() } };
  const post = (body: object, path = '/join') => askHub(address, { method: 'POST', path, body });
  await assert.rejects(post({ token: 1 }), refusedWith(400, /body\.token is not a string/));
  await assert.rejects(post([]), refusedWith(400, /body is not an object/));
  await assert.rejects(post({ token: 'x'.repeat(100_000) }), refusedWith(413, /longer than 65536 bytes/));
  await assert.rejects(post({}, '/else'), refusedWith(404, /nothing here/));
  await assert.rejects(post({ csr: 'x' }, '/renew'), refusedWith(401, /needs the certificate of a node/));
  await enter(hub, target, 'a');
});

test('a node renews with the certificate it has, in time and by itself, and keeps its key', async (t) => {
  const hub = await startJoinHub(t);
  const directory = hub.device('a');
  const first = await enter(hub, await hub.addNode(), 'a');
  const second = await renew(first, { directory, clock: hub.clock });
  assert.notEqual(second.certificate, first.certificate);
  assert.equal(second.key, first.key);
  const renewed: string[] = [];
  const part = createRenewal({
    identity: second,
    directory,
    clock: hub.clock,
    log: silentLog,
    renewed: (next) => renewed.push(next.certificate),
  });
  await part.start?.();
  t.after(() => part.stop?.());
  for (let passed = 0; passed < 59; passed += 9) {
    const before = hub.clock.pending;
    hub.clock.advance(9 * day);
    await eventually('the renewal looked', () => renewed.length > 0 || hub.clock.pending >= before);
  }
  await eventually('a renewal', () => renewed.length > 0);
  assert.equal((await loadIdentity(directory))?.certificate, renewed[0]);
});

test('a removed node can neither renew nor fetch, until it joins again', async (t) => {
  const hub = await startJoinHub(t);
  const identity = await enter(hub, await hub.addNode(), 'a');
  const options = { directory: hub.device('a'), clock: hub.clock };
  const remove = (secret: { [field: string]: unknown }): void =>
    void Object.assign(secret['data'] as object, removedPatch.data);
  await hub.registry.modify(secrets, 'kube-system', identitySecretName('a'), remove, asAdmin);
  await assert.rejects(renew(identity, options), refusedWith(401, /Unauthorized/));
  await renew(await enter(hub, await hub.addNode(), 'a'), options);
});

test('a node fetches what its Pods name and gets tokens for them, and nothing of others', async (t) => {
  const hub = await startJoinHub(t);
  const { registry } = hub;
  const create = (ref: typeof pods, kind: string, name: string, rest: object) =>
    registry.create(ref, 'x', { apiVersion: 'v1', kind, metadata: { name, namespace: 'x' }, ...rest }, asAdmin);
  await create(secrets, 'Secret', 'mine', { data: { k: btoa('v') } });
  await create(secrets, 'Secret', 'other', { data: { k: btoa('v') } });
  await create(configMaps, 'ConfigMap', 'mine', { data: { k: 'v' } });
  await create(serviceAccounts, 'ServiceAccount', 'app', {});
  const volumes = ['mine', 'missing'].map((name) => ({ name, secret: { secretName: name } }));
  const config = { name: 'c', configMap: { name: 'mine' } };
  const spec = {
    nodeName: 'a',
    serviceAccountName: 'app',
    containers: [{ name: 'c', image: 'i' }],
    volumes: [...volumes, config],
  };
  const pod = await create(pods, 'Pod', 'p', { spec });
  const far = await create(pods, 'Pod', 'far', { spec: { ...spec, nodeName: 'b' } });
  const identity = await enter(hub, await hub.addNode(), 'a');
  const at = hubAddress(identity, hub.clock.now());
  const get = (...keys: string[]) =>
    askHub<{ items: { metadata: { name: string } }[]; missing: string[] }>(at, {
      method: 'GET',
      path: `/objects?${keys.map((key) => `key=${key}`).join('&')}`,
    });
  const answer = await get('secrets/x/mine', 'configmaps/x/mine', 'secrets/x/missing');
  assert.deepEqual(
    answer.items.map((item) => item.metadata.name),
    ['mine', 'mine'],
  );
  assert.deepEqual(answer.missing, ['secrets/x/missing']);
  await assert.rejects(get('secrets/x/mine', 'secrets/x/other'), refusedWith(403, /no relationship found/));
  await assert.rejects(get('pods/x/p'), refusedWith(400, /cannot be fetched/));
  await assert.rejects(get(), refusedWith(400, /1 to 256 keys/));
  const ask = (podOf: { name: string; uid: string }) =>
    askHub<{ token: string }>(at, {
      method: 'POST',
      path: '/token',
      body: { namespace: 'x', serviceAccount: 'app', pod: podOf },
    });
  const { token } = await ask({ name: 'p', uid: pod.entry.uid });
  assert.equal(token.split('.').length, 3);
  await assert.rejects(ask({ name: 'far', uid: far.entry.uid }), refusedWith(403, /different node/));
});
