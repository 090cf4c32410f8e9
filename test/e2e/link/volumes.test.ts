/** Claims and volumes over the link: a node holds those of its Pods, and is told which directories it has to remove. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPathFinalizer, localPathNodeAnnotation } from '../../../hub/api/local-path.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods } from '../../../hub/api/resource.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet, type Fleet } from '../../support/fleet.ts';
import { type HubLink, startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';
import { claimingPod, claimObject, volumeObject } from '../../support/volumes.ts';

async function startNode(hub: HubLink): Promise<Fleet> {
  const fleet = createFleet({
    nodes: [{ name: 'edge-1', identity: await hub.authority.node('edge-1') }],
    url: `mqtts://127.0.0.1:${hub.port}`,
  });
  await fleet.start();
  return fleet;
}

test('a node holds the claims of its Pods and the volumes behind them, as they become bound and change', async (t) => {
  const hub = await startHubLink(t);
  const { registry } = hub;
  const fleet = await startNode(hub);
  t.after(() => fleet.stop());
  await eventually('the Node is there', () => registry.get(nodes, '', 'edge-1') !== undefined);
  await registry.create(persistentVolumes, '', volumeObject('disk'), asAdmin);
  await registry.create(persistentVolumes, '', volumeObject('other'), asAdmin);
  await registry.create(persistentVolumeClaims, 'default', claimObject('data'), asAdmin);
  await registry.create(pods, 'default', claimingPod('web', 'data', { nodeName: 'edge-1' }), asAdmin);
  const { held } = fleet.agent('edge-1');
  await eventually('the claim is held', () => held.get('persistentvolumeclaims/default/data') !== undefined);
  assert.equal(held.get('persistentvolumes//disk'), undefined);

  const bind = (claim: PersistentVolumeClaim): void => {
    claim.spec = { ...claim.spec, volumeName: 'disk' };
  };
  await registry.modify<PersistentVolumeClaim>(persistentVolumeClaims, 'default', 'data', bind, asAdmin);
  await eventually('its volume follows', () => held.get('persistentvolumes//disk') !== undefined);
  await registry.modify(
    persistentVolumes,
    '',
    'disk',
    ({ metadata }) => {
      metadata.labels = { speed: 'slow' };
    },
    asAdmin,
  );
  await eventually(
    'the changed volume arrives',
    () => held.get('persistentvolumes//disk')?.metadata.labels !== undefined,
  );
  assert.equal(held.get('persistentvolumes//other'), undefined);

  await registry.delete(pods, 'default', 'web', asAdmin);
  await eventually('both are forgotten', () => [...held.objects.keys()].join() === 'nodes//edge-1');
});

test('a node that was away is told of a deleted volume, and the volume goes when it says that the directory is gone', async (t) => {
  const hub = await startHubLink(t);
  const { registry } = hub;
  const volume = volumeObject('old', undefined, { persistentVolumeReclaimPolicy: 'Delete' });
  volume.metadata.finalizers = [localPathFinalizer];
  volume.metadata.annotations = { [localPathNodeAnnotation]: 'edge-1' };
  await registry.create(persistentVolumes, '', volume, asAdmin);
  await registry.delete(persistentVolumes, '', 'old', asAdmin);
  assert.notEqual(registry.get(persistentVolumes, '', 'old'), undefined);
  const fleet = await startNode(hub);
  t.after(() => fleet.stop());
  const { held, link } = fleet.agent('edge-1');
  await eventually('the volume is held', () => held.get('persistentvolumes//old') !== undefined);
  link.reportReleased('none-of-that-name');
  link.reportReleased('old');
  await eventually('the volume is gone', () => registry.get(persistentVolumes, '', 'old') === undefined);
  await eventually('and forgotten', () => held.get('persistentvolumes//old') === undefined);
});
