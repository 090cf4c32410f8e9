/** The hub's certificates: made once, kept private, remade in time; and what nodes are signed. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, createServer } from 'node:tls';
import { openFrontProxy } from '../../../hub/auth/front-proxy.ts';
import { newKey } from '../../../hub/auth/key-pair.ts';
import { nodeNameErrors } from '../../../hub/api/user.ts';
import { openPki, type Pki } from '../../../hub/auth/pki.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createRequest, readRequest } from '../../../hub/base/x509/request.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock, type ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

const day = 24 * 3600_000;

async function open(
  t: TestContext,
  dir: string,
  clock: ManualClock,
  hosts: string[] = ['hub.example', '10.0.0.9'],
): Promise<Pki> {
  const pki = await openPki({ dir, hosts, clock, log: silentLog });
  t.after(() => pki.stop());
  return pki;
}

const serverOf = (pki: Pki): X509Certificate => new X509Certificate(pki.server().certificate);

test('a first start makes every key and certificate, readable by the owner only, and a second finds them', async (t) => {
  const dir = join(tempDir(t), 'pki');
  const clock = manualClock();
  const first = await open(t, dir, clock);
  for (const file of readdirSync(dir)) assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  const second = await open(t, dir, clock);
  assert.equal(second.ca, first.ca);
  assert.equal(second.caHash, first.caHash);
  assert.deepEqual(second.server(), first.server());
  assert.deepEqual(second.admin, first.admin);
  assert.match(first.caHash, /^[0-9a-f]{64}$/);
  const ca = new X509Certificate(first.ca);
  assert.ok(ca.ca && ca.validToDate.getTime() > clock.now() + 3640 * day);
});

test('the server certificate holds the given hosts and the names of the kubernetes Service', async (t) => {
  const pki = await open(t, tempDir(t), manualClock(), [
    'hub.example',
    '10.152.0.1',
    'fe80::1%eth0',
    '::ffff:10.1.1.1',
  ]);
  const certificate = serverOf(pki);
  for (const name of [
    'hub.example',
    'localhost',
    'kubernetes',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]) {
    assert.ok(certificate.checkHost(name), name);
  }
  for (const ip of ['10.152.0.1', '127.0.0.1', '::1', 'fe80::1', '10.1.1.1']) assert.ok(certificate.checkIP(ip), ip);
  assert.equal(certificate.checkHost('other.example'), undefined);
  assert.ok(!certificate.ca);
});

test('the server certificate is remade on line when the hosts change and when two thirds of its life are over', async (t) => {
  const dir = tempDir(t);
  const clock = manualClock();
  const pki = await open(t, dir, clock);
  let changes = 0;
  pki.onServerChange(() => {
    changes += 1;
  });
  const first = pki.server().certificate;
  await pki.setHosts(['hub.example', '10.0.0.9']);
  assert.equal(pki.server().certificate, first);
  await pki.setHosts(['new.example']);
  assert.ok(serverOf(pki).checkHost('new.example'));
  assert.equal(changes, 1);
  const second = pki.server().certificate;
  for (let passed = 0; passed < 250; passed += 9) {
    const before = clock.pending;
    clock.advance(9 * day);
    await eventually('the renewal timer is set again', () => clock.pending >= before);
  }
  await eventually('a third certificate', () => pki.server().certificate !== second);
  assert.ok(serverOf(pki).validToDate.getTime() > clock.now() + 200 * day);
  assert.ok(serverOf(pki).checkHost('new.example'));
});

test('a TLS client that trusts the CA accepts server and admin certificates', async (t) => {
  const pki = await open(t, tempDir(t), manualClock());
  const { key, certificate, ca } = pki.server();
  const server = createServer({ key, cert: certificate, ca, requestCert: true }, (socket) =>
    socket.end(String(socket.getPeerCertificate().subject.O)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const socket = connect({ port, host: '127.0.0.1', ca: pki.ca, cert: pki.admin.certificate, key: pki.admin.key });
  const text = await new Promise<string>((resolve, reject) => {
    socket.on('data', (data) => resolve(data.toString()));
    socket.on('error', reject);
  });
  assert.equal(text, 'system:masters');
});

test('a clock that stands in 1970 at the first start does not leave a CA that is over once the clock is set', async (t) => {
  const pki = await open(t, tempDir(t), manualClock(1000));
  assert.ok(new X509Certificate(pki.ca).validToDate.getTime() >= Date.UTC(2036, 0, 1));
});

test('a damaged key is named, not replaced', async (t) => {
  const dir = tempDir(t);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'ca.key'), 'rubbish');
  await assert.rejects(
    openPki({ dir, hosts: [], clock: manualClock(), log: silentLog }),
    /ca\.key holds no readable private key/,
  );
});

const request = (commonName: string, organizations: string[], key: KeyObject = newKey()): string =>
  createRequest({ commonName, organizations }, key);

test('a node’s request is signed for its own name, for clients, for ninety days', async (t) => {
  const clock = manualClock();
  const pki = await open(t, tempDir(t), clock);
  const key = newKey();
  const { certificate, keyHash } = pki.signNode(request('system:node:edge-1', ['system:nodes'], key), 'edge-1');
  const signed = new X509Certificate(certificate);
  assert.ok(signed.verify(new X509Certificate(pki.ca).publicKey) && signed.checkPrivateKey(key));
  assert.deepEqual(signed.subject.split('\n').sort(), ['CN=system:node:edge-1', 'O=system:nodes']);
  assert.deepEqual(signed.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(Math.round((signed.validToDate.getTime() - clock.now()) / day), 90);
  assert.match(keyHash, /^[0-9a-f]{64}$/);
});

const good = request('system:node:a', ['system:nodes']);
const spoiled = (): string => {
  const bytes = Buffer.from(good.replace(/-----[^-]+-----|\n/g, ''), 'base64');
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
};
const secp384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const refusals: [string, string, string, RegExp][] = [
  [
    'another name',
    request('system:node:b', ['system:nodes']),
    'a',
    /asks for the name "system:node:b", not "system:node:a"/,
  ],
  ['a plain name', request('a', ['system:nodes']), 'a', /asks for the name/],
  ['masters', request('system:node:a', ['system:masters']), 'a', /other groups/],
  ['masters too', request('system:node:a', ['system:nodes', 'system:masters']), 'a', /other groups/],
  ['no group', request('system:node:a', []), 'a', /other groups/],
  ['a bad node name', request('system:node:A_b', ['system:nodes']), 'A_b', /not a name a node can have/],
  ['an empty name', request('system:node:', ['system:nodes']), '', /not a name a node can have/],
  ['a bad signature', spoiled(), 'a', /signature of the request is wrong|PKCS/],
  ['another curve', request('system:node:a', ['system:nodes'], secp384), 'a', /not of the curve P-256/],
  ['an RSA key', request('system:node:a', ['system:nodes'], rsa), 'a', /not an elliptic curve key/],
  ['two requests', good + good, 'a', /not exactly one/],
  ['no request', 'hello', 'a', /not exactly one/],
  ['a truncated one', good.replace(/\n[^\n]+\n-----END/, '\n-----END'), 'a', /DER|PKCS/],
];

test('any other request is refused with the reason', async (t) => {
  const pki = await open(t, tempDir(t), manualClock());
  for (const [what, csr, node, reason] of refusals) {
    assert.throws(() => pki.signNode(csr, node), { reason: 'Forbidden', message: reason }, what);
  }
});

test('no cut or changed request makes the reader fail otherwise than by refusing', () => {
  const bytes = Buffer.from(good.replace(/-----[^-]+-----|\n/g, ''), 'base64');
  const wrap = (der: Buffer): string =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  for (let index = 0; index < bytes.length; index += 1) {
    assert.throws(() => readRequest(wrap(bytes.subarray(0, index))), Error);
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 0x55;
    assert.throws(() => readRequest(wrap(changed)), Error, `byte ${index}`);
  }
});

test('node names are RFC 1123 subdomains that fit a common name', () => {
  for (const name of ['a', 'node1', 'g-termln', 'a.b-c.d9']) assert.deepEqual(nodeNameErrors(name), []);
  for (const name of ['', 'A', '-a', 'a-', 'a..b', 'a b', 'a/b', 'a'.repeat(53), 'ä'])
    assert.equal(nodeNameErrors(name).length, 1, name);
});

test('the kubeconfig names the server and carries the administrator’s identity', async (t) => {
  const pki = await open(t, tempDir(t), manualClock());
  const text = pki.kubeconfig({ server: 'https://127.0.0.1:16443' });
  assert.match(text, /server: https:\/\/127\.0\.0\.1:16443/);
  const certificate = Buffer.from(/client-certificate-data: (\S+)/.exec(text)?.[1] ?? '', 'base64').toString();
  assert.equal(certificate, pki.admin.certificate);
  assert.ok(new X509Certificate(certificate).publicKey.equals(createPublicKey(pki.admin.key)));
});

test('the front proxy has a CA of its own, found again, and a client certificate remade when it is due', async (t) => {
  const dir = tempDir(t);
  const clock = manualClock();
  const first = await openFrontProxy({ dir, clock, log: silentLog });
  t.after(() => first.stop());
  const ca = new X509Certificate(first.ca);
  const client = new X509Certificate(first.client().certificate);
  assert.equal(client.subject, 'CN=front-proxy-client');
  assert.ok(client.verify(ca.publicKey));
  assert.equal(statSync(join(dir, 'front-proxy-client.key')).mode & 0o777, 0o600);
  const again = await openFrontProxy({ dir, clock, log: silentLog });
  again.stop();
  assert.deepEqual([again.ca, again.client()], [first.ca, first.client()]);
  const before = first.client().certificate;
  // it would remake the certificate itself at its time, at the same moment as the one that is opened next
  first.stop();
  clock.advance(300 * day);
  const later = await openFrontProxy({ dir, clock, log: silentLog });
  later.stop();
  assert.notEqual(later.client().certificate, before);
  assert.equal(later.ca, first.ca);
});
