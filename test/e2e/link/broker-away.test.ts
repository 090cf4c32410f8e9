/** A broker that is not the hub's own comes late, goes and comes back: the hub says so, and nodes return by themselves. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pods } from '../../../hub/api/resource.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import type { Broker } from '../../../hub/mqtt/broker/broker.ts';
import { brokerPlace } from '../../../hub/mqtt/broker/broker-place.ts';
import { createExternalBroker } from '../../../hub/mqtt/broker/external-broker.ts';
import { NodeLink } from '../../../hub/mqtt/node-link.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { createTestAuthority, type TestAuthority } from '../../support/certificates.ts';
import { conformPod } from '../../support/conform-pod.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { freePort, mosquittoMissing, startMosquitto } from '../../support/mosquitto.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const missing = mosquittoMissing();
const options = missing === undefined ? {} : { skip: missing };

interface Hub {
  readonly broker: Broker;
  readonly link: NodeLink;
  readonly registry: Registry;
  readonly removed: Set<string>;
}

async function startHub(t: TestContext, authority: TestAuthority, port: number): Promise<Hub> {
  const registry = await openTestRegistry(t);
  const tls = await authority.server('coracle-hub');
  const url = `mqtts://127.0.0.1:${port}`;
  const broker = createExternalBroker({ url, tls: () => tls, log: silentLog, clock: systemClock });
  const removed = new Set<string>();
  const link = new NodeLink({
    broker,
    registry,
    clock: systemClock,
    log: silentLog,
    newId: () => crypto.randomUUID(),
    conform: conformPod,
    removed: (node) => removed.has(node),
  });
  t.after(async () => {
    await broker.stop();
    await link.stop();
  });
  link.start();
  await broker.start();
  return { broker, link, registry, removed };
}

test('a hub starts before its broker, and loses it, without harm', options, async (t) => {
  const authority = await createTestAuthority();
  const port = await freePort();
  const { broker, link, registry, removed } = await startHub(t, authority, port);
  assert.match(broker.trouble ?? '', /the MQTT broker at mqtts:\/\/127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/);

  const first = await startMosquitto(t, { authority, port });
  const fleet = createFleet({
    nodes: await Promise.all(['n1', 'n2'].map(async (name) => ({ name, identity: await authority.node(name) }))),
    url: first.url,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  const connected = (): boolean => ['n1', 'n2'].every((node) => link.session(node) !== undefined);
  await eventually('both nodes are heard', connected);
  assert.equal(broker.trouble, undefined);

  await first.stop();
  await eventually(
    'no node counts as heard',
    () => link.session('n1') === undefined && link.session('n2') === undefined,
  );
  await eventually('the trouble is told', () => broker.trouble !== undefined);
  const renewed = link.leaseRenewTime('n1') ?? 0;
  await eventually('time passes', () => Date.now() > renewed);
  assert.equal(link.leaseRenewTime('n1'), renewed);
  await registry.create(pods, 'default', podObject('late', { nodeName: 'n1' }), asAdmin);
  await startMosquitto(t, { authority, port });
  await eventually('both nodes return', connected, 30_000);
  await eventually(
    'the Pod made meanwhile runs',
    () => registry.get(pods, 'default', 'late')?.object<Pod>().status?.phase === 'Running',
  );

  removed.add('n2');
  link.revoke('n2');
  assert.equal(link.session('n2'), undefined);
  fleet.agent('n2').link.usage({ time: 'x', cpu: 1 });
  fleet.agent('n1').link.usage({ time: 'x', cpu: 1 });
  await eventually('the other node is heard', () => link.usage.of('n1') !== undefined);
  assert.equal(link.usage.of('n2'), undefined);
});

test('a broker without a host is beside the hub', () => {
  assert.deepEqual(brokerPlace('mqtts://:1884'), { host: '', port: 1884 });
  assert.deepEqual(brokerPlace('mqtts://broker.example'), { host: 'broker.example', port: 8883 });
  assert.deepEqual(brokerPlace('mqtts://[2001:db8::1]:9/'), { host: '2001:db8::1', port: 9 });
  assert.throws(() => brokerPlace('mqtt://broker.example'), /not of the form/);
});
