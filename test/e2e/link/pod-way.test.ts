/** The way of a Pod over the link: bound, sent, run, reported, deleted, with nothing sent that was not needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { configMaps, nodes, pods, secrets } from '../../../hub/api/resource.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin, configMapObject, podObject, secretObject } from '../../support/objects.ts';

test('a Pod bound to a node runs there, with what it names, and goes when it is deleted', async (t) => {
  const { registry, authority, port } = await startHubLink(t);
  const fleet = createFleet({
    nodes: [{ name: 'edge-1', identity: await authority.node('edge-1') }],
    url: `mqtts://127.0.0.1:${port}`,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  const ready = await eventually('the Node is Ready', () => {
    const node = registry.get(nodes, '', 'edge-1')?.object<Node>();
    return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true && node;
  });
  assert.equal(ready.metadata.labels?.['kubernetes.io/arch'], 'arm64');
  assert.equal(ready.status?.capacity?.['cpu'], '4');

  await registry.create(configMaps, 'default', configMapObject('settings', { a: '1' }), asAdmin);
  await registry.create(configMaps, 'default', configMapObject('other', { a: '1' }), asAdmin);
  await registry.create(secrets, 'default', secretObject('key', { a: 'MQ==' }), asAdmin);
  const spec = {
    nodeName: 'edge-1',
    volumes: [
      { name: 'settings', configMap: { name: 'settings' } },
      { name: 'key', secret: { secretName: 'key' } },
    ],
  };
  await registry.create(pods, 'default', podObject('web', spec), asAdmin);
  const running = await eventually('the Pod is Running', () => {
    const pod = registry.get(pods, 'default', 'web')?.object<Pod>();
    return pod?.status?.phase === 'Running' && pod;
  });
  assert.equal(running.status?.hostIP, '10.32.0.0');

  const { held } = fleet.agent('edge-1');
  const keys = [...held.objects.keys()].sort();
  assert.deepEqual(keys, [
    'configmaps/default/settings',
    'nodes//edge-1',
    `pods/default/web/${running.metadata.uid}`,
    'secrets/default/key',
  ]);

  await registry.modify(configMaps, 'default', 'settings', (object) => ({ ...object, data: { a: '2' } }), asAdmin);
  await eventually('the changed ConfigMap arrives', () => {
    const data = held.get('configmaps/default/settings')?.['data'] as Record<string, string> | undefined;
    return data?.['a'] === '2';
  });

  await registry.delete(pods, 'default', 'web', asAdmin);
  await eventually('the Pod is gone', () => registry.get(pods, 'default', 'web') === undefined);
  await eventually('the node forgets what only that Pod named', () => held.objects.size === 1);
});
