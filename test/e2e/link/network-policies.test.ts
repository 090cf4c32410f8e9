/** A node holds the policies about its Pods, before the Pods and with the addresses of peers, also after an outage. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkPolicy } from '../../../hub/api/networking.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { ResolvedPolicy } from '../../../hub/api/resolved-policy.ts';
import { namespaces, networkPolicies, pods } from '../../../hub/api/resource.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';

const policy: NetworkPolicy & KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'rule', namespace: 'default' },
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }],
  },
};

const pod = (name: string, app: string, nodeName: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app } },
  spec: { nodeName, containers: [{ name: 'main', image: 'x', command: ['x'] }] },
});

test('a node holds the policies about its Pods', async (t) => {
  const hub = await startHubLink(t);
  const proxy = await startCuttingProxy(t, () => hub.port);
  const identities = await Promise.all(
    ['n1', 'n2'].map(async (name) => ({ name, identity: await hub.authority.node(name) })),
  );
  const fleet = createFleet({ nodes: identities, url: `mqtts://127.0.0.1:${proxy.port}` });
  t.after(() => fleet.stop());
  await fleet.start();
  const create = (object: KubeObject): Promise<unknown> => hub.registry.create(pods, 'default', object, asAdmin);
  const heldBy = (node: string): ResolvedPolicy | undefined =>
    fleet.agent(node).held.get('networkpolicies/default/rule') as ResolvedPolicy | undefined;
  const peers = (node: string): number | undefined => heldBy(node)?.spec.ingress?.[0]?.peers?.addresses.length;

  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  await hub.registry.create(namespaces, '', namespace, asAdmin);
  await hub.registry.create(networkPolicies, 'default', policy, asAdmin);
  const order: string[] = [];
  fleet.agent('n1').held.subscribe(({ upserts }) => order.push(...upserts.map(({ kind }) => kind)));
  await create(pod('web', 'web', 'n1'));
  await eventually('the policy to be where its Pod is', () => peers('n1') === 0);
  await eventually('the Pod too', () => order.includes('Pod'));
  assert.ok(order.indexOf('ResolvedNetworkPolicy') < order.indexOf('Pod'), order.join());
  assert.equal(heldBy('n2'), undefined);

  await create(pod('client', 'client', 'n2'));
  await eventually('the peer to be known', () => peers('n1') === 1);

  proxy.open = false;
  proxy.cut();
  await create(pod('client2', 'client', 'n1'));
  await hub.registry.modify(
    ...([networkPolicies, 'default', 'rule'] as const),
    (found) => void Object.assign(found.spec as object, { podSelector: { matchLabels: { app: 'client' } } }),
    asAdmin,
  );
  proxy.open = true;
  await eventually('both to hold what was made meanwhile', () => peers('n1') === 2 && peers('n2') === 2);

  await hub.registry.delete(networkPolicies, 'default', 'rule', asAdmin);
  await eventually('it to be gone', () => heldBy('n1') === undefined && heldBy('n2') === undefined);
});
