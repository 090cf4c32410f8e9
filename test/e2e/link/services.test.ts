/** Services and EndpointSlices reach every node that has a use for them, and only the difference after an outage. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { endpointSlices, services } from '../../../hub/api/resource.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';

const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: 'None', selector: { app: name }, ports: [{ port: 80 }] },
});

const slice = (name: string): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }],
  ports: [{ port: 80 }],
});

test('each node holds the Services, before, while and after its link broke', async (t) => {
  const hub = await startHubLink(t);
  const proxy = await startCuttingProxy(t, () => hub.port);
  await hub.registry.create(services, 'default', service('early'), asAdmin);
  const identities = await Promise.all(
    ['n1', 'n2'].map(async (name) => ({ name, identity: await hub.authority.node(name) })),
  );
  const fleet = createFleet({ nodes: identities, url: `mqtts://127.0.0.1:${proxy.port}`, services: true });
  t.after(() => fleet.stop());
  await fleet.start();
  const allHold =
    (key: string, held = true) =>
    () =>
      fleet.agents.every((agent) => (agent.held.get(key) !== undefined) === held);
  await eventually('both hold what was there', allHold('services/default/early'));

  await hub.registry.create(services, 'default', service('live'), asAdmin);
  await hub.registry.create(endpointSlices, 'default', slice('live'), asAdmin);
  await eventually('both hear of the new Service', allHold('services/default/live'));
  await eventually('and of its endpoints', allHold('endpointslices/default/live'));

  proxy.open = false;
  proxy.cut();
  await hub.registry.delete(services, 'default', 'early', asAdmin);
  await hub.registry.create(services, 'default', service('late'), asAdmin);
  proxy.open = true;
  await eventually('both hold the Service made meanwhile', allHold('services/default/late'));
  await eventually('and not the one that went', allHold('services/default/early', false));

  await hub.registry.delete(endpointSlices, 'default', 'live', asAdmin);
  await eventually('deletions travel live too', allHold('endpointslices/default/live', false));
  assert.ok(fleet.agents.every((agent) => agent.link.quality().reconnects >= 1));
});
