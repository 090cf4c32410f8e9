/** The whole life of a local-path volume between hub and node: made where the Pod goes, held there, removed there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releasingNode, localPathDirAnnotation } from '../../../hub/api/local-path.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../../hub/api/persistent-volume.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import {
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../../hub/api/resource.ts';
import { startControlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { startHubLink } from '../../support/hub-link.ts';
import { asAdmin } from '../../support/objects.ts';
import { claimingPod, claimObject } from '../../support/volumes.ts';

const localPath: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local-path' },
  provisioner: 'coracle.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
};

test('a volume is made on the node of its first Pod, and goes when that node has removed its directory', async (t) => {
  const { registry, authority, port } = await startHubLink(t);
  const stop = await startControlPlane(registry);
  t.after(stop);
  const fleet = createFleet({
    nodes: [{ name: 'edge-1', identity: await authority.node('edge-1') }],
    url: `mqtts://127.0.0.1:${port}`,
  });
  t.after(() => fleet.stop());
  await registry.create(
    namespaces,
    '',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    asAdmin,
  );
  await registry.create(storageClasses, '', localPath, asAdmin);
  const claim = claimObject('data', { storageClassName: 'local-path' });
  await registry.create(persistentVolumeClaims, 'default', claim, asAdmin);
  await registry.create(pods, 'default', claimingPod('web', 'data'), asAdmin);
  await fleet.start();
  const { held, link } = fleet.agent('edge-1');
  link.reportNode({ annotations: { [localPathDirAnnotation]: '/data/volumes' } });

  await eventually('the Pod runs', () => {
    return registry.get(pods, 'default', 'web')?.object<Pod>().status?.phase === 'Running';
  });
  const bound = held.get('persistentvolumeclaims/default/data') as PersistentVolumeClaim | undefined;
  const name = bound?.spec?.volumeName ?? '';
  assert.equal(bound?.status?.phase, 'Bound');
  const volume = held.get(`persistentvolumes//${name}`) as PersistentVolume | undefined;
  assert.equal(volume?.spec?.local?.path, `/data/volumes/${name}`);

  await registry.delete(pods, 'default', 'web', asAdmin);
  await registry.delete(persistentVolumeClaims, 'default', 'data', asAdmin);
  await eventually('the node is told to remove it', () => {
    const leaving = held.get(`persistentvolumes//${name}`) as PersistentVolume | undefined;
    return leaving !== undefined && releasingNode(leaving) === 'edge-1';
  });
  assert.notEqual(registry.get(persistentVolumes, '', name), undefined);
  link.reportReleased(name);
  await eventually('the volume is gone', () => registry.get(persistentVolumes, '', name) === undefined);
  await eventually('and forgotten', () => held.get(`persistentvolumes//${name}`) === undefined);
});
