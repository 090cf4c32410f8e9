/** Where the other nodes are reaches every node, when it changes and only then, and after an outage. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { NodeNetwork } from '../../../hub/api/node-network.ts';
import { nodes } from '../../../hub/api/resource.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';

const other = (address: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'other', annotations: { 'coracle.io/link': 'barn', 'coracle.io/external-address': '' } },
  spec: { podCIDR: '10.32.7.0/24', podCIDRs: ['10.32.7.0/24'] },
  status: {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: 'other' },
    ],
  },
});

test('each node holds where the others are', async (t) => {
  const hub = await startHubLink(t);
  const proxy = await startCuttingProxy(t, () => hub.port);
  const identities = await Promise.all(
    ['n1', 'n2'].map(async (name) => ({ name, identity: await hub.authority.node(name) })),
  );
  const fleet = createFleet({ nodes: identities, url: `mqtts://127.0.0.1:${proxy.port}`, services: true });
  t.after(() => fleet.stop());
  await fleet.start();
  const heldBy = (): (NodeNetwork | undefined)[] =>
    fleet.agents.map(({ held }) => held.get('nodenetworks//other') as NodeNetwork | undefined);
  const allHold = (address: string) => () => heldBy().every((one) => one?.addresses[0] === address);

  await hub.registry.create(nodes, '', other('192.0.2.7'), asAdmin);
  await eventually('both to hear of the new node', allHold('192.0.2.7'));
  const [first] = heldBy();
  assert.deepEqual(first, {
    apiVersion: 'coracle.io/v1',
    kind: 'NodeNetwork',
    podCIDRs: ['10.32.7.0/24'],
    addresses: ['192.0.2.7'],
    link: 'barn',
    metadata: { name: 'other', resourceVersion: first?.metadata.resourceVersion },
  });

  let heard = 0;
  for (const { held } of fleet.agents)
    held.subscribe(({ upserts }) => (heard += upserts.filter(({ metadata }) => metadata.name === 'other').length));
  const write = (change: (node: Node) => void): Promise<unknown> =>
    hub.registry.modify<Node>(nodes, '', 'other', change, { ...asAdmin, subresource: 'status' });
  await write((node) => {
    node.status = { ...node.status, conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'now' }] };
  });
  await write((node) => {
    node.status = { ...node.status, addresses: [{ type: 'InternalIP', address: '192.0.2.8' }] };
  });
  await eventually('both to hear of its new address', allHold('192.0.2.8'));
  assert.equal(heard, 2, 'a heartbeat does not travel');

  proxy.open = false;
  proxy.cut();
  await write((node) => {
    node.status = { ...node.status, addresses: [{ type: 'InternalIP', address: '192.0.2.9' }] };
  });
  proxy.open = true;
  await eventually('both to hear of the address it got meanwhile', allHold('192.0.2.9'));
  await hub.registry.delete(nodes, '', 'other', asAdmin);
  await eventually('it is gone everywhere', () => heldBy().every((one) => one === undefined));
});
