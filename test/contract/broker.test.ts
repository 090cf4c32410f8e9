/** What every broker must do, over the embedded one and Debian's Mosquitto with the emitted ACL, with real certificates. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { nodeTopic, servicesTopic } from '../../hub/api/topics.ts';
import { nodeUserName } from '../../hub/api/user.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import type { Broker } from '../../hub/mqtt/broker/broker.ts';
import { createEmbeddedBroker } from '../../hub/mqtt/broker/embedded-broker.ts';
import { createExternalBroker } from '../../hub/mqtt/broker/external-broker.ts';
import { createTestAuthority, type TestAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts';
import { connectPeer, type MqttPeer } from '../support/mqtt-peer.ts';

interface Bench {
  readonly broker: Broker;
  readonly port: number;
  readonly authority: TestAuthority;
  readonly uplink: string[];
}

type Start = (t: TestContext, authority: TestAuthority) => Promise<{ broker: Broker; port: () => number }>;

const embedded: Start = async (_t, authority) => {
  const tls = await authority.server();
  const broker = createEmbeddedBroker({ tls, host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog });
  return { broker, port: () => broker.port };
};

const mosquitto: Start = async (t, authority) => {
  const { url, port } = await startMosquitto(t, { authority });
  const tls = await authority.server('coracle-hub');
  const broker = createExternalBroker({ url, tls: () => tls, log: silentLog, clock: systemClock });
  return { broker, port: () => port };
};

const missing = mosquittoMissing();

async function open(t: TestContext, start: Start): Promise<Bench> {
  const authority = await createTestAuthority();
  const { broker, port } = await start(t, authority);
  const uplink: string[] = [];
  broker.onUplink((node, topic, payload) => uplink.push(`${node} ${topic} ${payload}`));
  t.after(() => broker.stop());
  await broker.start();
  return { broker, port: port(), authority, uplink };
}

async function peer(t: TestContext, bench: Bench, node: string): Promise<MqttPeer> {
  const identity = await bench.authority.node(node);
  const found = await connectPeer(t, { port: bench.port, identity, clientId: nodeUserName(node) });
  assert.ok(found, `${node} connects`);
  return found;
}

for (const [name, start, skip] of [
  ['embedded', embedded, undefined],
  ['mosquitto', mosquitto, missing],
] as const) {
  const options = skip === undefined ? {} : { skip };

  test(`${name}: what a node says on its own topics reaches the hub in order`, options, async (t) => {
    const bench = await open(t, start);
    const one = await peer(t, bench, 'n1');
    for (const topic of ['session', 'sync', 'report', 'usage'] as const) {
      assert.equal(await one.publish(nodeTopic('n1', topic), `{"${topic}":1}`), true);
    }
    await eventually('all four arrive', () => bench.uplink.length === 4);
    assert.deepEqual(bench.uplink, [
      'n1 session {"session":1}',
      'n1 sync {"sync":1}',
      'n1 report {"report":1}',
      'n1 usage {"usage":1}',
    ]);
  });

  test(`${name}: the hub reaches one node, or all of them`, options, async (t) => {
    const bench = await open(t, start);
    const [one, two] = [await peer(t, bench, 'n1'), await peer(t, bench, 'n2')];
    for (const [each, node] of [[one, 'n1'] as const, [two, 'n2'] as const]) {
      const own = [nodeTopic(node, 'objects'), nodeTopic(node, 'request'), 'coracle/v1/cluster/#'];
      assert.deepEqual(await each.subscribe(...own), own);
    }
    assert.equal(await bench.broker.publish(nodeTopic('n1', 'objects'), Buffer.from('{"for":"n1"}')), true);
    await bench.broker.publish(servicesTopic, Buffer.from('{"for":"all"}'));
    await eventually('both heard', () => one.received.length === 2 && two.received.length === 1);
    assert.deepEqual(one.received, [`${nodeTopic('n1', 'objects')} {"for":"n1"}`, `${servicesTopic} {"for":"all"}`]);
    assert.deepEqual(two.received, [`${servicesTopic} {"for":"all"}`]);
  });

  test(`${name}: a node cannot publish as another, nor as the hub`, options, async (t) => {
    const bench = await open(t, start);
    const listener = await peer(t, bench, 'n2');
    await listener.subscribe(nodeTopic('n2', 'objects'), 'coracle/v1/cluster/#');
    const foreign = [
      nodeTopic('n2', 'report'),
      nodeTopic('n2', 'objects'),
      nodeTopic('n1', 'objects'),
      servicesTopic,
      'x',
    ];
    for (const topic of foreign) {
      const one = await peer(t, bench, 'n1');
      await one.publish(topic, '{"evil":true}');
      one.end();
    }
    const one = await peer(t, bench, 'n1');
    await one.publish(nodeTopic('n1', 'usage'), '{"last":1}');
    await eventually('the last message arrives', () => bench.uplink.some((line) => line.includes('last')));
    assert.deepEqual(bench.uplink, ['n1 usage {"last":1}']);
    assert.deepEqual(listener.received, []);
  });

  test(`${name}: a node cannot hear another, and no wildcard across nodes`, options, async (t) => {
    const bench = await open(t, start);
    const one = await peer(t, bench, 'n1');
    const wanted = [
      nodeTopic('n2', 'objects'),
      'coracle/v1/nodes/+/objects',
      'coracle/v1/nodes/#',
      'coracle/#',
      '#',
      '+/+/+/+/+',
      nodeTopic('n1', 'report'),
    ];
    for (const filter of wanted) await one.subscribe(filter);
    await one.subscribe(nodeTopic('n1', 'objects'));
    const two = await peer(t, bench, 'n2');
    await two.subscribe(nodeTopic('n2', 'objects'));
    await two.publish(nodeTopic('n2', 'report'), '{"from":"n2"}');
    await bench.broker.publish(nodeTopic('n2', 'objects'), Buffer.from('{"for":"n2"}'));
    await bench.broker.publish(nodeTopic('n1', 'objects'), Buffer.from('{"for":"n1"}'));
    await eventually('both heard', () => one.received.length > 0 && two.received.length > 0);
    assert.equal(new Set(one.received).size, 1, `n1 heard ${one.received.join('; ')}`);
    assert.match(one.received[0] ?? '', /\{"for":"n1"\}$/);
  });

  test(`${name}: without a certificate, or with one of another CA, nobody connects`, options, async (t) => {
    const bench = await open(t, start);
    const stranger = await createTestAuthority();
    const { port } = bench;
    assert.equal(await connectPeer(t, { port, clientId: nodeUserName('n1') }), undefined);
    const identity = await stranger.node('n1');
    assert.equal(await connectPeer(t, { port, identity, clientId: nodeUserName('n1') }), undefined);
  });

  test(`${name}: a node cannot end another's connection by taking its client id`, options, async (t) => {
    const bench = await open(t, start);
    const one = await peer(t, bench, 'n1');
    const identity = await bench.authority.node('n2');
    await connectPeer(t, { port: bench.port, identity, clientId: nodeUserName('n1') });
    assert.equal(await one.publish(nodeTopic('n1', 'report'), '{"alive":1}'), true);
    assert.equal(one.closed, false);
  });

  test(`${name}: the newest connection of a node wins, and a broken one leaves its last will`, options, async (t) => {
    const bench = await open(t, start);
    const identity = await bench.authority.node('n1');
    const will = { topic: nodeTopic('n1', 'session'), payload: '{"will":1}' };
    const old = await connectPeer(t, { port: bench.port, identity, clientId: nodeUserName('n1'), will });
    const young = await peer(t, bench, 'n1');
    await eventually('the old connection ends', () => old?.closed === true);
    await eventually('the hub hears the will', () => bench.uplink.includes('n1 session {"will":1}'));
    assert.equal(young.closed, false);
  });
}
