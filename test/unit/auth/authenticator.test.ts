/** Who is let in as whom: certificates, ServiceAccount tokens, fixed tokens, removed nodes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { identityData, identitySecretName, identityType, removedPatch } from '../../../hub/api/node-identity.ts';
import { namespaces, nodes, pods, type ResourceRef, secrets, serviceAccounts } from '../../../hub/api/resource.ts';
import type { User } from '../../../hub/api/user.ts';
import type { Credentials } from '../../../hub/auth/auth.ts';
import { createAuthenticator } from '../../../hub/auth/authenticator.ts';
import { keyId, signToken, verifyToken } from '../../../hub/auth/jwt.ts';
import { newKey } from '../../../hub/auth/key-pair.ts';
import { openNodeIdentities } from '../../../hub/auth/node-identities.ts';
import { ServiceAccountTokens } from '../../../hub/auth/service-account-tokens.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

async function put(registry: Registry, ref: ResourceRef, kind: string, name: string, rest: object = {}) {
  const namespace = ref === namespaces || ref === nodes ? '' : 'x';
  const metadata = namespace === '' ? { name } : { name, namespace };
  const object = { apiVersion: 'v1', kind, metadata, ...rest } as KubeObject;
  return (await registry.create(ref, namespace, object, asAdmin)).entry;
}

async function fixture(t: TestContext) {
  const clock = manualClock();
  const registry = await openTestRegistry(t);
  await put(registry, namespaces, 'Namespace', 'x');
  await put(registry, namespaces, 'Namespace', 'kube-system');
  const account = await put(registry, serviceAccounts, 'ServiceAccount', 'app');
  const key = newKey();
  const tokens = new ServiceAccountTokens({ key, registry, clock });
  const identities = openNodeIdentities(registry);
  t.after(() => identities.stop());
  const admin = {
    hash: createHash('sha256').update('fixed-token').digest(),
    user: { name: 'admin', groups: ['system:masters'] },
  };
  const authenticator = createAuthenticator({ tokens, identities, clock, staticTokens: [admin] });
  const who = (credentials: Credentials): User => authenticator.authenticate(credentials) as User;
  const order = { namespace: 'x', name: 'app', uid: account.uid, audiences: tokens.audiences, expirationSeconds: 600 };
  return { clock, registry, account, key, tokens, identities, who, order };
}

const unauthorized = { reason: 'Unauthorized', message: 'Unauthorized', code: 401 };
const certificate = (commonName: string, organizations: string[] = [], keyHash?: string): Credentials => ({
  certificate: { commonName, organizations, serial: '01', ...(keyHash === undefined ? {} : { keyHash }) },
});

test('a certificate’s CN is the user and its O are the groups; nobody is anonymous; a fixed token is its user', async (t) => {
  const { who } = await fixture(t);
  assert.deepEqual(who(certificate('ann', ['dev', 'ops'])), {
    name: 'ann',
    groups: ['dev', 'ops', 'system:authenticated'],
  });
  assert.equal(who(certificate('ann', ['dev'])), who(certificate('ann', ['dev'])), 'the same object while remembered');
  assert.deepEqual(who({}), { name: 'system:anonymous', groups: ['system:unauthenticated'] });
  assert.equal(who({ bearer: 'fixed-token' }).name, 'admin');
  assert.throws(() => who({ bearer: 'fixed-tokem' }), unauthorized);
  assert.throws(() => who({ bearer: '' }), unauthorized);
  assert.throws(() => who(certificate('')), unauthorized);
});

test('a ServiceAccount token is its account, in its groups, until it ends', async (t) => {
  const { who, tokens, order, clock, account } = await fixture(t);
  const { token, expires } = tokens.issue(order);
  const user = who({ bearer: token });
  assert.equal(user.name, 'system:serviceaccount:x:app');
  assert.equal(user.uid, account.uid);
  assert.deepEqual(user.groups, ['system:serviceaccounts', 'system:serviceaccounts:x', 'system:authenticated']);
  assert.equal(who({ bearer: token }), user, 'remembered');
  assert.equal(Math.ceil(((expires ?? 0) - clock.now()) / 1000), 600);
  clock.advance(601_000);
  assert.throws(() => who({ bearer: token }), unauthorized);
});

test('a token ends with its account, also when that is made again', async (t) => {
  const { who, tokens, order, registry } = await fixture(t);
  const { token } = tokens.issue(order);
  who({ bearer: token });
  await registry.delete(serviceAccounts, 'x', 'app', asAdmin);
  assert.throws(() => who({ bearer: token }), unauthorized);
  await put(registry, serviceAccounts, 'ServiceAccount', 'app');
  assert.throws(() => who({ bearer: token }), unauthorized);
});

test('a token bound to a Pod ends with the Pod and says which node it is on', async (t) => {
  const { who, tokens, order, registry } = await fixture(t);
  const pod = await put(registry, pods, 'Pod', 'p', { spec: { containers: [{ name: 'c', image: 'i' }] } });
  const node = await put(registry, nodes, 'Node', 'n1');
  const { token } = tokens.issue({
    ...order,
    bound: { kind: 'Pod', name: 'p', uid: pod.uid },
    node: { name: 'n1', uid: node.uid },
  });
  const { extra } = who({ bearer: token });
  assert.deepEqual(extra?.['authentication.kubernetes.io/pod-name'], ['p']);
  assert.deepEqual(extra?.['authentication.kubernetes.io/node-name'], ['n1']);
  await registry.delete(pods, 'x', 'p', { ...asAdmin, gracePeriodSeconds: 0 });
  assert.throws(() => who({ bearer: token }), unauthorized);
});

test('tokens of another key, issuer, audience or algorithm, and cut ones, are refused', async (t) => {
  const { who, tokens, order, registry, key, clock } = await fixture(t);
  const { token } = tokens.issue(order);
  const [head = '', body = '', signature = ''] = token.split('.');
  const foreign = new ServiceAccountTokens({ key: newKey(), registry, clock });
  const elsewhere = new ServiceAccountTokens({ key, registry, clock, issuer: 'https://other' });
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const hmac = Buffer.from('{"alg":"HS256"}').toString('base64url');
  const bad = [
    foreign.issue(order).token,
    elsewhere.issue(order).token,
    tokens.issue({ ...order, audiences: ['vault'] }).token,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${hmac}.${body}.${signature}`,
    `${head}.${body}`,
    `${head}.${body}.${signature.slice(0, -2)}`,
    `${token}.x`,
    'nonsense',
    'a.b.c',
    'x'.repeat(20_000),
    signToken({ iss: tokens.issuer, aud: tokens.audiences, sub: 'system:serviceaccount:x:app' }, key),
    signToken({ iss: tokens.issuer, aud: tokens.audiences, exp: 'soon', 'kubernetes.io': {} }, key),
  ];
  for (const bearer of bad) assert.throws(() => who({ bearer }), unauthorized, bearer.slice(0, 60));
  assert.equal(who({ bearer: token }).name, 'system:serviceaccount:x:app');
  assert.equal(verifyToken(token, key)?.['iss'], tokens.issuer);
  assert.deepEqual((tokens.keySet()['keys'] as { kid: string }[])[0]?.kid, keyId(key));
  assert.equal(tokens.discovery('https://h:1')['jwks_uri'], 'https://h:1/openid/v1/jwks');
});

test('a node that was removed, or joined anew with another key, is not let in with its old certificate', async (t) => {
  const { who, registry, identities } = await fixture(t);
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
  const node = (keyHash?: string): User => who(certificate('system:node:a', ['system:nodes'], keyHash));
  assert.equal(node(one).name, 'system:node:a', 'never seen: the CA vouches');
  const revoked: string[] = [];
  identities.onRevoked((name) => revoked.push(name));
  await identities.claim('a', one);
  await identities.claim('a', one);
  assert.equal(node(one).name, 'system:node:a');
  assert.throws(() => node(two), unauthorized);
  assert.throws(() => node(), unauthorized);
  await put(registry, nodes, 'Node', 'a');
  await assert.rejects(identities.claim('a', two), { reason: 'Conflict', message: /belongs to another device/ });
  await registry.modify(
    secrets,
    'kube-system',
    identitySecretName('a'),
    (secret) => void Object.assign(secret['data'] as object, removedPatch.data),
    asAdmin,
  );
  assert.throws(() => node(one), unauthorized);
  await identities.claim('a', two);
  assert.equal(node(two).name, 'system:node:a');
  assert.deepEqual(revoked, ['a', 'a']);
  assert.equal(
    who(certificate('system:node:a', ['dev'], one)).name,
    'system:node:a',
    'a name without the group is no node',
  );
  const secret = registry.get(secrets, 'kube-system', identitySecretName('a'))?.object();
  assert.equal(secret?.['type'], identityType);
  assert.deepEqual(secret?.['data'], identityData({ keyHash: two, removed: false }));
});

test('a name is free again once its Node is gone', async (t) => {
  const { registry, identities } = await fixture(t);
  await identities.claim('b', '1'.repeat(64));
  await put(registry, nodes, 'Node', 'b');
  await assert.rejects(identities.claim('b', '2'.repeat(64)), { reason: 'Conflict' });
  await registry.delete(nodes, '', 'b', asAdmin);
  await identities.claim('b', '2'.repeat(64));
  assert.ok(!identities.accepts('b', '1'.repeat(64)));
});

test('a token kept in a Secret tells of its use once a day, and is out of use once its Secret is marked', async (t) => {
  const { clock, registry, key, account } = await fixture(t);
  const kept = await put(registry, secrets, 'Secret', 'kept');
  const used: string[] = [];
  const tokens = new ServiceAccountTokens({
    key,
    registry,
    clock,
    usedSecret: (...where) => used.push(where.join('/')),
  });
  const authenticator = createAuthenticator({ tokens, identities: { accepts: () => true }, clock });
  const bound = { kind: 'Secret', name: 'kept', uid: kept.uid } as const;
  const { token } = tokens.issue({
    namespace: 'x',
    name: 'app',
    uid: account.uid,
    audiences: tokens.audiences,
    bound,
  });
  const show = (): User => authenticator.authenticate({ bearer: token }) as User;
  show();
  show();
  assert.deepEqual(used, ['x/kept']);
  clock.advance(24 * 3600_000);
  assert.equal(show().name, 'system:serviceaccount:x:app');
  assert.deepEqual(used, ['x/kept', 'x/kept']);
  const mark = (secret: KubeObject): void => {
    secret.metadata.labels = { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' };
  };
  await registry.modify(secrets, 'x', 'kept', mark, asAdmin);
  assert.throws(show, unauthorized);
});
