/** The broker for workloads: what its users may, over real connections. */
import assert from 'node:assert/strict';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { MqttClient } from 'mqtt';
import { WorkloadBroker } from '../../../agent/programs/mqtt/broker.ts';
import { covers, mayPublish, maySubscribe, readFilters } from '../../../agent/programs/mqtt/topics.ts';
import { type MqttUser, userOf } from '../../../agent/programs/mqtt/users.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function user(name: string, publish: string, subscribe: string): MqttUser {
  const annotations = { 'mqtt.coracle.io/publish': publish, 'mqtt.coracle.io/subscribe': subscribe };
  const data = { username: base64(name), password: base64(`word of ${name}`) };
  const found = userOf({ apiVersion: 'v1', kind: 'Secret', metadata: { name, annotations }, data });
  assert.ok(found !== undefined);
  return found;
}

async function startBroker(test: TestContext, users: Map<string, MqttUser>): Promise<WorkloadBroker> {
  const broker = new WorkloadBroker({
    ...{ port: 0, tls: undefined, clock: systemClock, log: silentLog },
    user: (name) => users.get(name),
  });
  await broker.start();
  test.after(() => broker.stop());
  return broker;
}

interface Peer {
  readonly client: MqttClient;
  readonly received: string[];
  readonly isOpen: () => boolean;
}

/** Resolves with undefined when the broker refuses. */
async function connect(
  test: TestContext,
  port: number,
  options: { username?: string; password?: string; clean?: boolean; will?: string },
): Promise<Peer | undefined> {
  const { will, ...rest } = options;
  type Build = ConstructorParameters<typeof MqttClient>[0];
  const build = (): Socket => connectTcp(port, '127.0.0.1');
  const client = new MqttClient(build as unknown as Build, {
    ...{ reconnectPeriod: 0, clientId: crypto.randomUUID(), clean: true, ...rest },
    ...(will === undefined ? {} : { will: { topic: will, payload: Buffer.from('gone'), qos: 0, retain: false } }),
  });
  test.after(() => client.end(true));
  client.on('error', () => {});
  const received: string[] = [];
  client.on('message', (topic, payload) => received.push(`${topic} ${payload.toString()}`));
  let isOpen = await new Promise<boolean>((resolve) => {
    client.once('connect', () => resolve(true));
    client.once('close', () => resolve(false));
  });
  if (!isOpen) return undefined;
  client.on('close', () => {
    isOpen = false;
  });
  return { client, received, isOpen: () => isOpen };
}

describe('topics of workloads', () => {
  it('are covered by what stands for all of them', () => {
    for (const [given, asked] of [
      ['a/b', 'a/b'],
      ['a/+', 'a/b'],
      ['a/+', 'a/+'],
      ['a/#', 'a/b/c'],
      ['a/#', 'a/+/#'],
      ['a/#', 'a'],
      ['#', 'a/#'],
    ] as const)
      assert.ok(covers(given, asked), `${given} covers ${asked}`);
    for (const [given, asked] of [
      ['a/b', 'a/+'],
      ['a/+', 'a/#'],
      ['a/+', 'a/b/c'],
      ['a/+/c', 'a/b'],
      ['a/b', 'b/b'],
    ] as const)
      assert.ok(!covers(given, asked), `${given} does not cover ${asked}`);
  });

  it('are never those of nodes or of brokers', () => {
    const { filters, faults } = readFilters('a/#, b/+ coracle/# $SYS/x a#/b #/a');
    assert.deepEqual(filters, ['a/#', 'b/+']);
    assert.equal(faults.length, 4);
    const all = { publish: ['#'], subscribe: ['#'] };
    assert.ok(mayPublish(all, 'a') && maySubscribe(all, '#'));
    for (const topic of ['coracle/v1/nodes/n/report', '$SYS/broker', 'a/+', '', 'a\0b']) {
      assert.ok(!mayPublish(all, topic), topic);
      if (topic !== 'a/+') assert.ok(!maySubscribe(all, topic), topic);
    }
  });
});

describe('the broker of workloads', () => {
  it('lets in who has the password, and says and hears only what is theirs', async (test) => {
    const users = new Map([
      ['cook', user('cook', 'kitchen/#', '')],
      ['guest', user('guest', '', 'kitchen/+/state')],
    ]);
    const { port } = await startBroker(test, users);
    assert.equal(await connect(test, port, {}), undefined);
    assert.equal(await connect(test, port, { username: 'cook', password: 'word of guest' }), undefined);
    assert.equal(await connect(test, port, { username: 'nobody', password: 'word' }), undefined);
    const cookWord = { username: 'cook', password: 'word of cook' };
    assert.equal(await connect(test, port, { ...cookWord, clean: false }), undefined);
    assert.equal(await connect(test, port, { ...cookWord, will: 'cellar' }), undefined);
    const cook = await connect(test, port, cookWord);
    const guest = await connect(test, port, { username: 'guest', password: 'word of guest' });
    assert.ok(cook !== undefined && guest !== undefined);
    const granted = await guest.client.subscribeAsync(['kitchen/+/state', 'kitchen/#', 'coracle/#']).catch(() => []);
    if (granted.length > 0)
      assert.deepEqual(
        granted.map(({ qos }) => qos),
        [0, 128, 128],
      );
    await cook.client.publishAsync('kitchen/oven/state', 'hot', { qos: 1 });
    await cook.client.publishAsync('kitchen/oven/door', 'open', { qos: 1 });
    await eventually('the message', () => guest.received.length > 0);
    assert.deepEqual(guest.received, ['kitchen/oven/state hot']);
    guest.client.publish('kitchen/oven/state', 'cold');
    await eventually('the guest to be cut off', () => !guest.isOpen());
    assert.ok(cook.isOpen());
  });

  it('cuts off a user who changed', async (test) => {
    const users = new Map([['cook', user('cook', 'kitchen/#', '')]]);
    const broker = await startBroker(test, users);
    const cook = await connect(test, broker.port, { username: 'cook', password: 'word of cook' });
    assert.ok(cook !== undefined);
    users.delete('cook');
    broker.cut(['cook']);
    await eventually('the cook to be cut off', () => !cook.isOpen());
    assert.equal(await connect(test, broker.port, { username: 'cook', password: 'word of cook' }), undefined);
  });
});
