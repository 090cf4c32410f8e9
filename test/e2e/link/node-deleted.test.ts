/** A Node that was deleted stays deleted, as in Kubernetes, until its agent starts anew. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { nodes } from '../../../hub/api/resource.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet, type Fleet } from '../../support/fleet.ts';
import { type HubLink, startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';

async function agent(t: TestContext, hub: HubLink, identity: Awaited<ReturnType<typeof identityOf>>): Promise<Fleet> {
  const fleet = createFleet({ nodes: [{ name: 'n1', identity }], url: `mqtts://127.0.0.1:${hub.port}` });
  t.after(() => fleet.stop());
  await fleet.start();
  return fleet;
}

const identityOf = (hub: HubLink) => hub.authority.node('n1');

test('neither a report nor a new connection brings a deleted Node back, a new start of its agent does', async (t) => {
  const hub = await startHubLink(t);
  const identity = await identityOf(hub);
  const fleet = await agent(t, hub, identity);
  const exists = (): boolean => hub.registry.get(nodes, '', 'n1') !== undefined;
  await eventually('the agent registers its Node', exists);
  await eventually('the agent holds its Node', () => fleet.agent('n1').held.get('nodes//n1') !== undefined);

  await hub.registry.delete(nodes, '', 'n1', asAdmin);
  await eventually('the agent hears of it', () => fleet.agent('n1').held.get('nodes//n1') === undefined);
  const report = (load: string): void =>
    fleet.agent('n1').link.reportNode({ labels: { 'coracle.io/load': load }, status: { phase: load } });
  report('1');
  hub.broker.disconnect('n1');
  const { link } = fleet.agent('n1');
  await eventually('the agent returns', () => link.quality().reconnects === 1 && hub.link.session('n1') !== undefined);
  report('2');
  await eventually(
    'the hub hears a report',
    () => hub.link.usage.of('n1') !== undefined || void link.usage({ time: 'x' }),
  );
  assert.equal(exists(), false);

  await fleet.stop();
  const next = await agent(t, hub, identity);
  await eventually('the Node is back', exists);
  await eventually('and the agent holds it', () => next.agent('n1').held.get('nodes//n1') !== undefined);
});

test('a Node is registered again and again until the hub could write it', async (t) => {
  const hub = await startHubLink(t);
  const { registry } = hub;
  let refused = 0;
  const { create } = registry;
  Object.assign(registry, {
    create: async (...call: Parameters<typeof create>) => {
      if (call[0].resource !== 'nodes' || ++refused > 1) return create(...call);
      throw new Error('the disk is full');
    },
  });
  const fleet = await agent(t, hub, await identityOf(hub));
  await eventually('the first try fails', () => refused === 1);
  hub.broker.disconnect('n1');
  await eventually('the Node is there', () => registry.get(nodes, '', 'n1') !== undefined);
  assert.equal(fleet.agent('n1').link.quality().reconnects, 1);
});
