/** People with ID tokens of an OpenID Connect issuer: who they are, and which tokens let nobody in. */
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TokenHolder } from '../../../hub/auth/auth.ts';
import { createAuthenticator } from '../../../hub/auth/authenticator.ts';
import { createOidc } from '../../../hub/auth/oidc/oidc.ts';
import type { OidcSettings } from '../../../hub/auth/oidc/settings.ts';
import { takeApart } from '../../../hub/auth/oidc/signed-token.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createTestAuthority } from '../../support/certificates.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

const issuerUrl = 'https://id.example.com/realm';
const usual: OidcSettings = {
  issuerUrl,
  clientId: 'coracle',
  usernameClaim: 'sub',
  usernamePrefix: '',
  groupsClaim: 'groups',
  groupsPrefix: 'oidc:',
  caFile: '',
};
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(claims: object, head: object, key: KeyObject, how: object = {}): string {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, ...how }).toString('base64url')}`;
}

const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });

function issuer(settings: Partial<OidcSettings> = {}) {
  const clock = manualClock();
  const asked: string[] = [];
  const keys = [jwk(rsa.publicKey, 'one')];
  const fetch = async (url: string): Promise<unknown> => {
    asked.push(url);
    if (url.endsWith('openid-configuration')) return { issuer: issuerUrl, jwks_uri: 'https://id.example.com/keys' };
    return { keys: [...keys] };
  };
  const oidc = createOidc({ settings: { ...usual, ...settings }, clock, log: silentLog, fetch });
  const verify = async (token: string): Promise<TokenHolder | undefined> => oidc.verify(token);
  const now = Math.floor(clock.now() / 1000);
  const claims = { iss: issuerUrl, aud: 'coracle', sub: 'ann', exp: now + 600, groups: ['dev', 'ops'] };
  const token = (more: object = {}, head: object = {}): string =>
    signed({ ...claims, ...more }, { alg: 'RS256', kid: 'one', ...head }, rsa.privateKey);
  return { clock, asked, keys, oidc, verify, token, now, claims };
}

describe('an ID token', () => {
  it('is its user with their groups, until it ends; the issuer is asked once', async () => {
    const { verify, token, asked, now, oidc } = issuer();
    const holder = await verify(token());
    assert.deepEqual(holder?.user, {
      name: `${issuerUrl}#ann`,
      groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'],
    });
    assert.equal(holder?.expires, (now + 600) * 1000);
    assert.deepEqual(asked, [`${issuerUrl}/.well-known/openid-configuration`, 'https://id.example.com/keys']);
    assert.equal(oidc.verify(token()) instanceof Promise, false, 'with known keys nobody is waited for');
    assert.equal(asked.length, 2);
  });

  for (const [settings, more, name] of [
    [{ usernamePrefix: '-' }, {}, 'ann'],
    [{ usernamePrefix: 'id:' }, {}, 'id:ann'],
    [{ usernameClaim: 'email' }, { email: 'ann@example.com', email_verified: true }, 'ann@example.com'],
    [{ usernameClaim: 'email' }, { email: 'ann@example.com' }, 'ann@example.com'],
    [{ groupsClaim: '' }, { groups: 7 }, `${issuerUrl}#ann`],
    [{}, { aud: ['other', 'coracle'], groups: 'dev' }, `${issuerUrl}#ann`],
  ] as const) {
    it(`with ${JSON.stringify({ ...settings, ...more })} is ${name}`, async () => {
      const { verify, token } = issuer(settings);
      assert.equal((await verify(token(more)))?.user.name, name);
    });
  }

  for (const [why, settings, more, head] of [
    ['for another audience', {}, { aud: 'other' }, {}],
    ['that ended', {}, { exp: 1 }, {}],
    ['without an end', {}, { exp: undefined }, {}],
    ['that has not begun', {}, { nbf: 99_999_999_999 }, {}],
    ['without a name', {}, { sub: '' }, {}],
    ['with groups that are none', {}, { groups: [1] }, {}],
    ['whose address is not verified', { usernameClaim: 'email' }, { email: 'a@b', email_verified: false }, {}],
    ['with a group of Kubernetes’ own', { groupsPrefix: '' }, { groups: ['system:masters'] }, {}],
    ['with a name of Kubernetes’ own', { usernamePrefix: '-' }, { sub: 'system:admin' }, {}],
    ['of another issuer', {}, { iss: 'https://other.example.com' }, {}],
    ['with an unknown key', {}, {}, { kid: 'two' }],
    ['with an algorithm of other keys', {}, {}, { alg: 'ES256' }],
    ['not signed', {}, {}, { alg: 'none' }],
    ['signed with a secret', {}, {}, { alg: 'HS256' }],
    ['with conditions nobody knows', {}, {}, { crit: ['x'] }],
  ] as const) {
    it(`${why} lets nobody in`, async () => {
      const { verify, token } = issuer(settings);
      assert.equal(await verify(token(more, head)), undefined);
    });
  }

  it('that was changed, or is none, lets nobody in', async () => {
    const { verify, token, claims } = issuer();
    const [head = '', , signature = ''] = token().split('.');
    assert.equal(await verify(`${head}.${encode({ ...claims, sub: 'eve' })}.${signature}`), undefined);
    for (const text of ['', 'a.b.c', `${head}..${signature}`, `${token()}.x`, 'x'.repeat(40_000)])
      assert.equal(takeApart(text)?.claims['sub'], undefined);
  });

  it('may be signed with a new key, which is asked for, but not again and again', async () => {
    const { verify, token, keys, clock, asked, claims } = issuer();
    await verify(token());
    keys.push(jwk(curve.publicKey, 'two'));
    const other = signed(claims, { alg: 'ES256', kid: 'two' }, curve.privateKey, { dsaEncoding: 'ieee-p1363' });
    assert.equal(await verify(other), undefined, 'asked a moment ago');
    clock.advance(11_000);
    assert.equal((await verify(other))?.user.name, `${issuerUrl}#ann`);
    assert.equal(asked.length, 4);
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    assert.ok(await verify(signed(claims, { alg: 'PS256', kid: 'one' }, rsa.privateKey, padding)));
  });

  it('lets its user in through the authenticator, which remembers', async () => {
    const { oidc, token, asked, clock } = issuer();
    const nobody = { verify: () => undefined, audiences: [] } as never;
    const identities = { accepts: () => true };
    const authenticator = createAuthenticator({ tokens: nobody, identities, clock, verifiers: [oidc] });
    const bearer = token();
    assert.equal((await authenticator.authenticate({ bearer })).name, `${issuerUrl}#ann`);
    assert.equal(authenticator.authenticate({ bearer }) instanceof Promise, false);
    assert.equal(asked.length, 2);
    clock.advance(601_000);
    assert.throws(() => authenticator.authenticate({ bearer }), { code: 401 });
  });
});

describe('the keys of an issuer', () => {
  it('come over https from one whose certificate the CA file vouches for, and from no other', async (test) => {
    const authority = await createTestAuthority();
    const { cert, key } = await authority.server();
    let url = '';
    const server = createServer({ cert, key }, (req, res) => {
      const discovery = { issuer: url, jwks_uri: `${url}/keys` };
      res.end(JSON.stringify(req.url === '/keys' ? { keys: [jwk(rsa.publicKey, 'one')] } : discovery));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const caFile = join(tempDir(test), 'ca.pem');
    writeFileSync(caFile, authority.ca);
    const clock = manualClock();
    const claims = { iss: url, aud: 'coracle', sub: 'ann', exp: Math.floor(clock.now() / 1000) + 60 };
    const token = signed(claims, { alg: 'RS256', kid: 'one' }, rsa.privateKey);
    const verify = async (settings: Partial<OidcSettings>): Promise<TokenHolder | undefined> =>
      createOidc({ settings: { ...usual, issuerUrl: url, ...settings }, clock, log: silentLog }).verify(token);
    assert.equal((await verify({ caFile }))?.user.name, `${url}#ann`);
    assert.equal(await verify({}), undefined);
  });

  it('need settings that are whole', () => {
    const make = (settings: Partial<OidcSettings>) => () =>
      createOidc({ settings: { ...usual, ...settings }, clock: manualClock(), log: silentLog });
    assert.throws(make({ clientId: '' }), /"oidcClientId" must be set/);
    assert.throws(make({ caFile: '/no/such/file' }), /"oidcCaFile": \/no\/such\/file cannot be read/);
  });
});
