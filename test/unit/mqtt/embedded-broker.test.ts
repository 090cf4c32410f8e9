/** What the embedded broker bounds: packets, sessions, removed nodes, garbage. */
import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { nodeTopic } from '../../../hub/api/topics.ts';
import { nodeUserName } from '../../../hub/api/user.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createEmbeddedBroker } from '../../../hub/mqtt/broker/embedded-broker.ts';
import { createTestAuthority } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { connectPeer } from '../../support/mqtt-peer.ts';

async function open(t: TestContext, admit: (node: string) => boolean = () => true) {
  const authority = await createTestAuthority();
  const tls = await authority.server();
  const clock = manualClock();
  const broker = createEmbeddedBroker({
    tls,
    host: '127.0.0.1',
    port: 0,
    clock,
    log: silentLog,
    packetLimit: 10_000,
    admit,
  });
  const heard: string[] = [];
  broker.onUplink((node, topic, payload) => heard.push(`${node} ${topic} ${payload.length}`));
  t.after(() => broker.stop());
  await broker.start();
  const peer = async (node: string, options: { clean?: boolean } = {}) =>
    connectPeer(t, {
      port: broker.port,
      identity: await authority.node(node),
      clientId: nodeUserName(node),
      ...options,
    });
  return { broker, authority, heard, peer, clock };
}

test('a packet above the limit ends the connection before its bytes are awaited', async (t) => {
  const { peer, heard } = await open(t);
  const small = await peer('n1');
  assert.equal(await small?.publish(nodeTopic('n1', 'report'), 'x'.repeat(9000)), true);
  assert.equal(await small?.publish(nodeTopic('n1', 'report'), 'x'.repeat(20_000)), false);
  assert.deepEqual(heard, ['n1 report 9000']);
});

test('QoS 2, retained messages and sessions that would be kept are refused', async (t) => {
  const { peer, heard } = await open(t);
  assert.equal(await (await peer('n1'))?.publish(nodeTopic('n1', 'report'), 'a', { qos: 2 }), false);
  assert.equal(await (await peer('n1'))?.publish(nodeTopic('n1', 'report'), 'a', { retain: true }), false);
  assert.equal(await peer('n1', { clean: false }), undefined);
  assert.deepEqual(heard, []);
});

test('a removed node does not connect, whatever its certificate says', async (t) => {
  const { peer } = await open(t, (node) => node !== 'n1');
  assert.equal(await peer('n1'), undefined);
  assert.ok(await peer('n2'));
});

test('a certificate that names no node does not connect', async (t) => {
  const { broker, authority } = await open(t);
  for (const subject of ['CN=system:node:n1', 'CN=admin, O=system:masters', 'CN=n1, O=system:nodes']) {
    const identity = await authority.client(subject);
    const found = await connectPeer(t, { port: broker.port, identity, clientId: nodeUserName('n1') });
    assert.equal(found, undefined, subject);
  }
});

test('garbage after the handshake ends that connection and no other', async (t) => {
  const { broker, authority, peer } = await open(t);
  const good = await peer('n2');
  const identity = await authority.node('n1');
  const socket = connect({ host: '127.0.0.1', port: broker.port, ...identity, servername: 'localhost' });
  let closed = false;
  socket.on('error', () => {});
  socket.once('close', () => {
    closed = true;
  });
  socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await eventually('the garbage connection ends', () => closed);
  assert.equal(await good?.publish(nodeTopic('n2', 'usage'), '{}'), true);
});

test('a TLS version below 1.2 is refused', async (t) => {
  const { broker, authority } = await open(t);
  const identity = await authority.node('n1');
  const options = { host: '127.0.0.1', port: broker.port, ...identity, servername: 'localhost' };
  await assert.rejects(
    new Promise((resolve, reject) => {
      const socket = connect(
        { ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
        () => resolve(socket.destroy()),
      );
      socket.once('error', reject);
    }),
  );
});

test('an address that fails again and again is turned away before the handshake, for a while', async (t) => {
  const { broker, peer, clock } = await open(t);
  const fail = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: broker.port, rejectUnauthorized: false });
      socket.on('error', () => {});
      socket.once('close', () => resolve());
    });
  for (let count = 0; count < 10; count++) await Promise.all(Array.from({ length: 20 }, fail));
  assert.equal(await peer('n1'), undefined);
  clock.advance(1000);
  assert.notEqual(await peer('n1'), undefined);
});
