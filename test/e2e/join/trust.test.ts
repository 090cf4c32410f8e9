/** Nothing is said to a hub that cannot prove the pinned CA: counted on the wire by servers that are not the hub. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createServer } from 'node:tls';
import { connectHub, HubError } from '../../../agent/link/hub-request.ts';
import { join } from '../../../agent/link/join-client.ts';
import { newKey } from '../../../hub/auth/key-pair.ts';
import { openPki } from '../../../hub/auth/pki.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { issueCertificate, publicKeyHash } from '../../../hub/base/x509/certificate.ts';
import { createRequest } from '../../../hub/base/x509/request.ts';
import { eventually } from '../../support/eventually.ts';
import { startJoinHub } from '../../support/join-hub.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { keyPem } from '../../../hub/auth/key-pair.ts';
import { tempDir } from '../../support/temp-dir.ts';

const token = 'a'.repeat(32);
const day = 24 * 3600_000;

/** A TLS server that counts what it is told after the handshake. */
async function listen(t: TestContext, material: { key: string; cert: string }) {
  const heard = { bytes: 0, ended: 0 };
  const server = createServer({ ...material, requestCert: false }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      heard.bytes += data.length;
    });
  });
  server.on('connection', (socket) => {
    socket.on('close', () => {
      heard.ended += 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

const nothingSent = (error: unknown): boolean => {
  assert.ok(error instanceof HubError, String(error));
  assert.match(error.message, /is not the hub you meant: .*\. Nothing was sent$/);
  return true;
};

/** Two CAs of the same name with their keys, and a way to issue below the first. */
function authority() {
  const key = newKey();
  const name = { commonName: 'coracle-ca', organizations: [] };
  const span = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const ca = issueCertificate({
    subject: name,
    publicKey: createPublicKey(key),
    purpose: 'authority',
    ...span,
    issuer: { name, key },
  });
  const issue = (purpose: 'server' | 'client' | 'authority', dates: { notBefore: number; notAfter: number } = span) => {
    const own = newKey();
    const subject = { commonName: 'x', organizations: [] };
    const cert = issueCertificate({
      subject,
      publicKey: createPublicKey(own),
      purpose,
      ...dates,
      issuer: { name, key },
    });
    return { key: keyPem(own), cert: cert + ca };
  };
  return { ca, caHash: publicKeyHash(key), issue };
}

test('a hub with another CA, also of the same name, is told nothing', async (t) => {
  const mine = authority();
  const other = authority();
  for (const cert of [other.issue('server'), other.issue('client')]) {
    const { port, heard } = await listen(t, cert);
    const attempt = join({
      target: { host: '127.0.0.1', port, token, caHash: mine.caHash },
      node: 'a',
      directory: tempDir(t),
      clock: manualClock(),
    });
    await assert.rejects(attempt, nothingSent);
    await eventually('the end of the connection', () => heard.ended === 1);
    assert.equal(heard.bytes, 0);
  }
});

test('a server that only shows the true CA beside its own certificate is told nothing', async (t) => {
  const mine = authority();
  const forged = authority().issue('server');
  const [own = ''] = forged.cert.split(/(?<=-----END CERTIFICATE-----\n)/);
  const { port, heard } = await listen(t, { key: forged.key, cert: own + mine.ca });
  await assert.rejects(
    join({
      target: { host: '127.0.0.1', port, token, caHash: mine.caHash },
      node: 'a',
      directory: tempDir(t),
      clock: manualClock(),
    }),
    nothingSent,
  );
  await eventually('the end of the connection', () => heard.ended === 1);
  assert.equal(heard.bytes, 0);
});

test('a joined node cannot pose as the hub with its client certificate', async (t) => {
  const pki = await openPki({ dir: tempDir(t), hosts: [], clock: manualClock(), log: silentLog });
  t.after(() => pki.stop());
  const key = newKey();
  const csr = createRequest({ commonName: 'system:node:evil', organizations: ['system:nodes'] }, key);
  const { certificate } = pki.signNode(csr, 'evil');
  const { port, heard } = await listen(t, { key: keyPem(key), cert: certificate + pki.ca });
  await assert.rejects(
    join({
      target: { host: '127.0.0.1', port, token, caHash: pki.caHash },
      node: 'a',
      directory: tempDir(t),
      clock: manualClock(),
    }),
    nothingSent,
  );
  await eventually('the end of the connection', () => heard.ended === 1);
  assert.equal(heard.bytes, 0);
});

test('an expired hub certificate is refused; one from the future of a slow device clock is not', async (t) => {
  const mine = authority();
  const { port } = await listen(t, mine.issue('server'));
  const at = (now: number) => connectHub({ host: '127.0.0.1', port, pin: { caHash: mine.caHash, now } });
  await assert.rejects(at(Date.now() + 10 * day), /has expired \(or the clock of this device is wrong\)/);
  (await at(0)).destroy();
  (await at(Date.now())).destroy();
});

test('host names and addresses both work', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  await join({ target: { ...target, host: 'localhost' }, node: 'a', directory: hub.device('a'), clock: hub.clock });
});

test('a wrong CA hash against the real hub leaves the token as it was', async (t) => {
  const hub = await startJoinHub(t);
  const target = await hub.addNode();
  const options = { node: 'a', directory: hub.device('a'), clock: hub.clock };
  await assert.rejects(join({ target: { ...target, caHash: '0'.repeat(64) }, ...options }), nothingSent);
  await join({ target, ...options });
});

test('a hub that is not there, or is no TLS server, is said to be so', async (t) => {
  const plain = createTcpServer((socket) => socket.end('hello\n'));
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  t.after(() => plain.close());
  const port = (plain.address() as AddressInfo).port;
  const attempt = (to: number, host = '127.0.0.1') =>
    join({
      target: { host, port: to, token, caHash: '0'.repeat(64) },
      node: 'a',
      directory: tempDir(t),
      clock: manualClock(),
    });
  await assert.rejects(attempt(port), /^HubError|cannot talk to the hub at 127\.0\.0\.1/);
  await assert.rejects(attempt(1), /cannot talk to the hub at 127\.0\.0\.1:1: nothing listens there/);
});
