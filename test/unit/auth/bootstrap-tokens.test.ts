/** Bootstrap tokens: who they let in, what they sign, and when they go. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { type BootstrapToken, detachedSignature, readBootstrapToken } from '../../../hub/api/bootstrap-token.ts';
import type { Secret } from '../../../hub/api/config.ts';
import { bootstrapTokens } from '../../../hub/auth/bootstrap-tokens.ts';
import type { TokenHolder } from '../../../hub/auth/auth.ts';
import { signedInfo } from '../../../hub/controllers/bootstrap-tokens/bootstrap-tokens.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { reader } from '../../support/stored.ts';

const bearer = 'abc123.0123456789abcdef';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function secret(data: Record<string, string> = {}, rest: Partial<Secret> = {}): Secret {
  const all = {
    'token-id': 'abc123',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    ...data,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bootstrap-token-abc123', namespace: 'kube-system', uid: '1' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(Object.entries(all).map(([key, value]) => [key, base64(value)])),
    ...rest,
  };
}

const clock = manualClock();
const soon = new Date(clock.now() + 60_000).toISOString();
const gone = new Date(clock.now() - 60_000).toISOString();
const shown = (token: string, object: Secret): TokenHolder | undefined =>
  bootstrapTokens({ registry: reader({ secrets: [object] }), clock }).verify(token) as TokenHolder | undefined;

describe('a bootstrap token', () => {
  it('is its bootstrapper, with the groups its Secret adds, until it ends', () => {
    const holder = shown(bearer, secret({ expiration: soon, 'auth-extra-groups': 'system:bootstrappers:b,,' }));
    assert.deepEqual(holder?.user, {
      name: 'system:bootstrap:abc123',
      groups: ['system:bootstrappers', 'system:bootstrappers:b', 'system:authenticated'],
    });
    assert.equal(holder.expires, Date.parse(soon));
    assert.equal(holder.stillThere(), true);
  });

  for (const [why, token, object] of [
    ['of another secret', 'abc123.0123456789abcdee', secret()],
    ['that nobody made', 'abc124.0123456789abcdef', secret()],
    ['of another form', 'ABC123.0123456789abcdef', secret()],
    ['that ended', bearer, secret({ expiration: gone })],
    ['with an end nobody can read', bearer, secret({ expiration: 'tomorrow' })],
    ['not meant for this', bearer, secret({ 'usage-bootstrap-authentication': 'false' })],
    ['with a group of others', bearer, secret({ 'auth-extra-groups': 'system:masters' })],
    ['of another type', bearer, secret({}, { type: 'Opaque' })],
    ['whose id is not its name’s', bearer, secret({ 'token-id': 'abc124' })],
    [
      'that is being deleted',
      bearer,
      secret({}, { metadata: { name: 'bootstrap-token-abc123', namespace: 'kube-system', deletionTimestamp: gone } }),
    ],
  ] as const) {
    it(`${why} lets nobody in`, () => {
      assert.equal(shown(token, object), undefined);
    });
  }
});

describe('cluster-info', () => {
  const token = (id: string, rest: object = {}): BootstrapToken => ({
    ...(readBootstrapToken(secret({ 'usage-bootstrap-signing': 'true' })) as BootstrapToken),
    id,
    ...rest,
  });

  it('is signed by every token that may and has not ended, and by no other', () => {
    const now = clock.now();
    const data = { kubeconfig: 'kind: Config', 'jws-kubeconfig-old111': 'x..y', other: 'stays' };
    const tokens = [token('abc123'), token('def456', { signing: false }), token('ghi789', { expires: now - 1 })];
    const signed = signedInfo(data, tokens, now) ?? {};
    assert.deepEqual(Object.keys(signed).sort(), ['jws-kubeconfig-abc123', 'kubeconfig', 'other']);
    assert.equal(signedInfo(signed, tokens, now), undefined, 'nothing is left to do');
    assert.equal(signedInfo({ other: 'x' }, tokens, now), undefined);
  });

  it('has signatures any JWS library checks once the content is put back', () => {
    const [head = '', empty, signature] = detachedSignature('kind: Config', token('abc123')).split('.');
    assert.equal(empty, '');
    assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg: 'HS256', kid: 'abc123' });
    const whole = `${head}.${Buffer.from('kind: Config').toString('base64url')}`;
    assert.equal(createHmac('sha256', '0123456789abcdef').update(whole).digest('base64url'), signature);
  });
});
