/** A report counts as taken only when the registry committed it, and is repeated until then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectsMessage } from '../../../hub/api/link.ts';
import { objectsCheck } from '../../../hub/api/link-guards.ts';
import { decode } from '../../../hub/api/payload.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { pods } from '../../../hub/api/resource.ts';
import { servicesTopic } from '../../../hub/api/topics.ts';
import type { Broker } from '../../../hub/mqtt/broker/broker.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

/** The messages the hub publishes on `objects`, decoded. */
function tapped(messages: ObjectsMessage[]) {
  return (broker: Broker): Broker =>
    Object.assign(Object.create(broker) as Broker, {
      external: false,
      onUplink: broker.onUplink.bind(broker),
      onReady: broker.onReady.bind(broker),
      publish: (topic: string, payload: Buffer): Promise<boolean> => {
        if (topic !== servicesTopic) messages.push(decode<ObjectsMessage>(payload, objectsCheck));
        return broker.publish(topic, payload);
      },
    });
}

test('a report is acknowledged after its commit, not before', async (t) => {
  const registry = await openTestRegistry(t);
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const slow: Registry = Object.assign(Object.create(registry) as Registry, {
    modify: async (...call: Parameters<Registry['modify']>) => {
      if (call[0].resource === 'pods') {
        waiting++;
        await gate;
      }
      return registry.modify(...call);
    },
  });
  const messages: ObjectsMessage[] = [];
  const hub = await startHubLink(t, { registry: slow, wrap: tapped(messages) });
  const fleet = createFleet({
    nodes: [{ name: 'n1', identity: await hub.authority.node('n1') }],
    url: `mqtts://127.0.0.1:${hub.port}`,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  await eventually('the node report is acknowledged', () => messages.some(({ reported }) => reported !== undefined));
  const before = Math.max(...messages.map(({ reported = 0 }) => reported));

  await registry.create(pods, 'default', podObject('p', { nodeName: 'n1' }), asAdmin);
  await eventually('a report of the Pod waits for its commit', () => waiting > 0);
  // Another message goes out meanwhile: it must not acknowledge.
  const count = messages.length;
  await registry.create(pods, 'default', podObject('q', { nodeName: 'n1' }), asAdmin);
  await eventually('the hub sends something else', () => messages.length > count);
  assert.equal(Math.max(...messages.map(({ reported = 0 }) => reported)), before);

  release();
  await eventually('the report is acknowledged', () => messages.some(({ reported = 0 }) => reported > before));
  await eventually('both run', () =>
    ['p', 'q'].every((name) => registry.get(pods, 'default', name)?.object<Pod>().status?.phase === 'Running'),
  );
});

test('a report the registry could not write is repeated in the next connection', async (t) => {
  const registry = await openTestRegistry(t);
  let broken = true;
  let failed = 0;
  const failing: Registry = Object.assign(Object.create(registry) as Registry, {
    modify: async (...call: Parameters<Registry['modify']>) => {
      if (broken && call[0].resource === 'pods') {
        failed++;
        throw new Error('the disk is full');
      }
      return registry.modify(...call);
    },
  });
  const hub = await startHubLink(t, { registry: failing });
  const fleet = createFleet({
    nodes: [{ name: 'n1', identity: await hub.authority.node('n1') }],
    url: `mqtts://127.0.0.1:${hub.port}`,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  await registry.create(pods, 'default', podObject('p', { nodeName: 'n1' }), asAdmin);
  await eventually('a report fails', () => failed > 0);
  broken = false;
  hub.broker.disconnect('n1');
  await eventually(
    'the status arrives after all',
    () => registry.get(pods, 'default', 'p')?.object<Pod>().status?.phase === 'Running',
  );
});
