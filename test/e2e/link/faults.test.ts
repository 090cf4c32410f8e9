/** Loss, repetition, reordering, cuts and restarts: the node ends up with what it should hold, and only the difference travels. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { configMaps, nodes, pods } from '../../../hub/api/resource.ts';
import { servicesTopic } from '../../../hub/api/topics.ts';
import type { Broker } from '../../../hub/mqtt/broker/broker.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet, type Fleet } from '../../support/fleet.ts';
import { type HubLink, startHubLink } from '../../support/hub-link.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { asAdmin, configMapObject, podObject } from '../../support/objects.ts';

async function oneNode(t: TestContext, hub: HubLink, port = hub.port): Promise<Fleet> {
  const fleet = createFleet({
    nodes: [{ name: 'n1', identity: await hub.authority.node('n1') }],
    url: `mqtts://127.0.0.1:${port}`,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  return fleet;
}

const bound = (name: string, data = 'settings') =>
  podObject(name, { nodeName: 'n1', volumes: [{ name: 'v', configMap: { name: data } }] });

async function create(registry: Registry, ...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => registry.create(pods, 'default', bound(name), asAdmin)));
}

function allRunning(registry: Registry, count: number): boolean {
  const found = registry.podsOnNode('n1').map((entry) => entry.object<Pod>());
  return found.length === count && found.every((pod) => pod.status?.phase === 'Running');
}

function condition(registry: Registry, type = 'Ready') {
  return registry
    .get(nodes, '', 'n1')
    ?.object<Node>()
    .status?.conditions?.find((one) => one.type === type);
}

/** A broker whose messages on `objects` are handed to `fault` with the means to send them. */
function faulty(fault: (send: () => Promise<boolean>, count: number) => Promise<boolean>) {
  let count = 0;
  return (broker: Broker): Broker =>
    Object.assign(Object.create(broker) as Broker, {
      external: false,
      onUplink: broker.onUplink.bind(broker),
      onReady: broker.onReady.bind(broker),
      publish: (topic: string, payload: Buffer): Promise<boolean> => {
        const send = () => broker.publish(topic, payload);
        return topic === servicesTopic ? send() : fault(send, ++count);
      },
    });
}

const names = Array.from({ length: 12 }, (_, index) => `p${index}`);

test('a lost message leads to a sync and nothing is missing in the end', async (t) => {
  const hub = await startHubLink(t, { wrap: faulty((send, count) => (count === 4 ? Promise.resolve(true) : send())) });
  const fleet = await oneNode(t, hub);
  for (const name of names) await create(hub.registry, name);
  await eventually('all Pods run', () => allRunning(hub.registry, names.length));
  assert.equal(fleet.agent('n1').link.quality().reconnects, 0);
});

test('repeated and reordered messages are applied once and in order', async (t) => {
  let late: (() => Promise<boolean>) | undefined;
  const hub = await startHubLink(t, {
    wrap: faulty(async (send, count) => {
      if (count === 5) {
        late = send;
        return true;
      }
      const sent = await send();
      if (count % 2 === 0) await send();
      if (count === 6) await late?.();
      return sent;
    }),
  });
  await oneNode(t, hub);
  for (const name of names) await create(hub.registry, name);
  await eventually('all Pods run', () => allRunning(hub.registry, names.length));
  for (const entry of hub.registry.podsOnNode('n1')) {
    assert.equal(entry.object<Pod>().status?.containerStatuses?.[0]?.restartCount, 0);
  }
});

test('after a cut only the difference travels', async (t) => {
  const hub = await startHubLink(t);
  const proxy = await startCuttingProxy(t, () => hub.port);
  const text = Array.from({ length: 20_000 }, () => Math.random().toString(36)).join('');
  await hub.registry.create(configMaps, 'default', configMapObject('settings', { text }), asAdmin);
  const fleet = await oneNode(t, hub, proxy.port);
  await create(hub.registry, ...names);
  await eventually('all Pods run', () => allRunning(hub.registry, names.length));
  assert.ok(proxy.bytes > 100_000, 'the ConfigMap travelled once');

  const { held } = fleet.agent('n1');
  proxy.open = false;
  proxy.cut();
  await eventually('the agent notices', () => !fleet.agent('n1').link.connected);
  await create(hub.registry, 'later');
  await hub.registry.delete(pods, 'default', 'p0', { ...asAdmin, gracePeriodSeconds: 0 });
  const before = proxy.bytes;
  proxy.open = true;
  await eventually('the new Pod runs', () => allRunning(hub.registry, names.length));
  await eventually('the deleted one is not held', () => [...held.all('pods')].length === names.length);
  const sent = proxy.bytes - before;
  assert.ok(sent < 16_000, `${sent} bytes after a cut`);
});

test('a node whose link breaks is Unknown within two seconds and Ready when it returns', async (t) => {
  const hub = await startHubLink(t);
  const proxy = await startCuttingProxy(t, () => hub.port);
  await oneNode(t, hub, proxy.port);
  await eventually('the Node is Ready', () => condition(hub.registry)?.status === 'True');
  proxy.open = false;
  proxy.cut();
  const cut = Date.now();
  await eventually('the Node is Unknown', () => condition(hub.registry)?.status === 'Unknown');
  const took = Date.now() - cut;
  assert.ok(took <= 2000, `${took} ms`);
  assert.equal(condition(hub.registry)?.reason, 'NodeStatusUnknown');
  assert.equal(condition(hub.registry, 'MemoryPressure')?.status, 'Unknown');
  proxy.open = true;
  await eventually('the Node is Ready again', () => condition(hub.registry)?.status === 'True');
  assert.equal(condition(hub.registry, 'MemoryPressure')?.status, 'False');
});

test('a takeover by the same node is not an outage', async (t) => {
  const patience = 200;
  const clock = manualClock();
  const hub = await startHubLink(t, { patience, clock });
  const first = await oneNode(t, hub);
  await eventually('the Node is Ready', () => condition(hub.registry)?.status === 'True');
  const states = new Set<string | undefined>();
  t.after(hub.registry.subscribe(nodes, () => states.add(condition(hub.registry)?.status)));
  const second = await oneNode(t, hub);
  await first.stop();
  await eventually('the second is connected', () => second.agent('n1').link.connected);
  // the end of the first connection is told before what the second reports, and an outage would be written before p1 runs
  await create(hub.registry, 'p0');
  await eventually('a Pod runs', () => allRunning(hub.registry, 1));
  clock.advance(patience);
  await create(hub.registry, 'p1');
  await eventually('another runs', () => allRunning(hub.registry, 2));
  assert.equal(states.has('Unknown'), false);
});

test('what others wrote while a node was away is stated again by the node', async (t) => {
  const hub = await startHubLink(t, { patience: 10 });
  const proxy = await startCuttingProxy(t, () => hub.port);
  await oneNode(t, hub, proxy.port);
  await create(hub.registry, 'p0', 'p1');
  await eventually('both run', () => allRunning(hub.registry, 2));
  proxy.open = false;
  proxy.cut();
  await eventually('the Node is Unknown', () => condition(hub.registry)?.status === 'Unknown');
  const unready = (pod: Pod): void => {
    for (const one of pod.status?.conditions ?? []) if (one.type === 'Ready') one.status = 'False';
  };
  await hub.registry.modify<Pod>(pods, 'default', 'p0', unready, { ...asAdmin, subresource: 'status' });
  proxy.open = true;
  await eventually('the Pod is ready again', () => {
    const pod = hub.registry.get(pods, 'default', 'p0')?.object<Pod>();
    return pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  });
});

test('after a restart of the hub agents return with nothing sent twice', async (t) => {
  const hub = await startHubLink(t);
  const fleet = await oneNode(t, hub);
  await create(hub.registry, ...names);
  await eventually('all Pods run', () => allRunning(hub.registry, names.length));
  const { held, runtime } = fleet.agent('n1');
  const started = runtime.calls.length;
  await hub.stop();
  await eventually('the agent notices', () => !fleet.agent('n1').link.connected);
  const before = held.versions();
  const next = await startHubLink(t, { registry: hub.registry, authority: hub.authority, port: hub.port });
  await eventually(
    'the agent returns',
    () => fleet.agent('n1').link.connected && next.link.session('n1') !== undefined,
  );
  await create(hub.registry, 'later');
  await eventually('the new Pod runs', () => allRunning(hub.registry, names.length + 1));
  for (const [key, version] of Object.entries(before)) assert.equal(held.versions()[key], version);
  const again = runtime.calls.slice(started).filter((call) => names.some((name) => call.includes(`${name} `)));
  assert.deepEqual(again, []);
  assert.equal(condition(hub.registry)?.status, 'True');
});
