/** Volumes and claims on a whole control plane with played nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../../hub/api/config.ts';
import { localPathDirAnnotation, localPathFinalizer } from '../../../hub/api/local-path.ts';
import type { Node } from '../../../hub/api/node.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../../hub/api/persistent-volume.ts';
import {
  events,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  statefulSets,
  storageClasses,
} from '../../../hub/api/resource.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { StatefulSet } from '../../../hub/api/stateful-set.ts';
import { bindCompleted, boundByController } from '../../../hub/api/volume-binding.ts';
import { type ControlPlane, controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';
import { claimingPod, claimObject, volumeObject } from '../../support/volumes.ts';

const claimOf = (plane: ControlPlane, name: string): PersistentVolumeClaim | undefined =>
  plane.registry.get(persistentVolumeClaims, 'default', name)?.object<PersistentVolumeClaim>();
const volumeOf = (plane: ControlPlane, name: string): PersistentVolume | undefined =>
  plane.registry.get(persistentVolumes, '', name)?.object<PersistentVolume>();
const said = (plane: ControlPlane, reason: string): Event | undefined =>
  plane
    .find(events)
    .map((entry) => entry.object<Event>())
    .find((event) => event.reason === reason);

test('a claim and the smallest volume that fits become one, and part when the claim goes', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  const { registry } = plane;
  const large = volumeObject('large', undefined, { capacity: { storage: '9Gi' } });
  await registry.create(persistentVolumes, '', large, asAdmin);
  await registry.create(persistentVolumes, '', volumeObject('fits'), asAdmin);
  await eventually('they are free', () => volumeOf(plane, 'fits')?.status?.phase === 'Available');
  await eventually('both', () => volumeOf(plane, 'large')?.status?.phase === 'Available');
  await plane.create(persistentVolumeClaims, claimObject('data'));
  await eventually('the claim is bound', () => claimOf(plane, 'data')?.status?.phase === 'Bound');
  const claim = claimOf(plane, 'data');
  assert.equal(claim?.spec?.volumeName, 'fits');
  assert.deepEqual(claim.status, { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } });
  assert.equal(claim.metadata.annotations?.[bindCompleted], 'yes');
  assert.equal(claim.metadata.annotations?.[boundByController], 'yes');
  await eventually('the volume is bound', () => volumeOf(plane, 'fits')?.status?.phase === 'Bound');
  assert.equal(volumeOf(plane, 'fits')?.spec?.claimRef?.uid, claim.metadata.uid);
  await registry.delete(persistentVolumeClaims, 'default', 'data', asAdmin);
  await eventually('the claim is gone', () => claimOf(plane, 'data') === undefined);
  await eventually('the volume is released', () => volumeOf(plane, 'fits')?.status?.phase === 'Released');
});

test('a claim waits for a volume that comes later, one kept for it by name included', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  await plane.create(persistentVolumeClaims, claimObject('any'));
  await plane.create(persistentVolumeClaims, claimObject('named', { volumeName: 'chosen' }));
  await plane.create(persistentVolumeClaims, claimObject('kept', { storageClassName: 'manual' }));
  await eventually('it says that there is none', () => said(plane, 'FailedBinding'));
  await plane.registry.create(persistentVolumes, '', volumeObject('chosen'), asAdmin);
  const mine = volumeObject('mine', { namespace: 'default', name: 'kept' }, { storageClassName: 'manual' });
  await plane.registry.create(persistentVolumes, '', mine, asAdmin);
  await eventually(
    'the named one is bound',
    () => claimOf(plane, 'named')?.status?.phase === 'Bound' || claimOf(plane, 'any')?.status?.phase === 'Bound',
  );
  await eventually('the kept one is bound', () => claimOf(plane, 'kept')?.spec?.volumeName === 'mine');
  await plane.registry.create(persistentVolumes, '', volumeObject('late'), asAdmin);
  await eventually('the other one too', () => claimOf(plane, 'any')?.status?.phase === 'Bound');
});

test('a volume that is deleted while it is bound stays until its claim is gone; the claim of a deleted volume is lost', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  const { registry } = plane;
  await registry.create(persistentVolumes, '', volumeObject('disk'), asAdmin);
  await plane.create(persistentVolumeClaims, claimObject('data'));
  await eventually('bound', () => volumeOf(plane, 'disk')?.status?.phase === 'Bound');
  await eventually('guarded', () => volumeOf(plane, 'disk')?.metadata.finalizers?.length === 1);
  await registry.delete(persistentVolumes, '', 'disk', asAdmin);
  assert.notEqual(volumeOf(plane, 'disk'), undefined);
  const letGo = ({ metadata }: PersistentVolume): void => {
    delete metadata.finalizers;
  };
  await registry.modify<PersistentVolume>(persistentVolumes, '', 'disk', letGo, asAdmin);
  await eventually('the claim is lost', () => claimOf(plane, 'data')?.status?.phase === 'Lost');
  await eventually('it says so', () => said(plane, 'ClaimLost'));
});

test('a claim that is deleted while a Pod uses it stays until the Pod is gone', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  const { registry } = plane;
  await plane.create(persistentVolumeClaims, claimObject('data'));
  await plane.create(pods, claimingPod('user', 'data', { nodeName: 'n1' }));
  await eventually('the claim is guarded', () => claimOf(plane, 'data')?.metadata.finalizers?.length === 1);
  await registry.delete(persistentVolumeClaims, 'default', 'data', asAdmin);
  await registry.create(persistentVolumeClaims, 'default', claimObject('free'), asAdmin);
  await eventually('guarded as well', () => claimOf(plane, 'free')?.metadata.finalizers?.length === 1);
  await registry.delete(persistentVolumeClaims, 'default', 'free', asAdmin);
  await eventually('the unused one is gone', () => claimOf(plane, 'free') === undefined);
  assert.notEqual(claimOf(plane, 'data')?.metadata.deletionTimestamp, undefined);
  await registry.delete(pods, 'default', 'user', asAdmin);
  await eventually('the used one goes with its Pod', () => claimOf(plane, 'data') === undefined);
});

test('an ephemeral volume has a claim of its own, which goes with its Pod', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  const { spec } = claimObject('any');
  const volumeClaimTemplate = { metadata: { labels: { app: 'x' } }, spec };
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }];
  await plane.registry.create(persistentVolumes, '', volumeObject('disk'), asAdmin);
  await plane.create(pods, claimingPod('p', '', { volumes }));
  await eventually('the claim is bound', () => claimOf(plane, 'p-scratch')?.status?.phase === 'Bound');
  assert.equal(claimOf(plane, 'p-scratch')?.metadata.ownerReferences?.[0]?.name, 'p');
  assert.deepEqual(claimOf(plane, 'p-scratch')?.metadata.labels, { app: 'x' });
  await plane.registry.delete(pods, 'default', 'p', asAdmin);
  await eventually('it is gone', () => claimOf(plane, 'p-scratch') === undefined);
});

const localPath = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local-path' },
  provisioner: 'coracle.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
  allowVolumeExpansion: true,
};

const podOf = (plane: ControlPlane, name: string): Pod | undefined =>
  plane.registry.get(pods, 'default', name)?.object<Pod>();

const waitingFor = (plane: ControlPlane, name: string): string =>
  podOf(plane, name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';

/** Nodes that keep volumes, and the class. */
async function withLocalPath(plane: ControlPlane, names: readonly string[]): Promise<void> {
  await plane.registry.create(storageClasses, '', structuredClone(localPath), asAdmin);
  for (const name of names) {
    const say = ({ metadata }: Node): void => {
      metadata.annotations = { ...metadata.annotations, [localPathDirAnnotation]: `/volumes-of-${name}` };
    };
    await plane.registry.modify<Node>(nodes, '', name, say, asAdmin);
  }
}

test('a Pod waits for a claim that is not there, then for its volume, then runs where the volume is', async (t) => {
  const plane = await controlPlane(t, { nodes: 3 });
  await plane.create(pods, claimingPod('web', 'data'));
  await eventually('it says that the claim is missing', () =>
    /persistentvolumeclaim "data" not found/.test(waitingFor(plane, 'web')),
  );
  await plane.create(persistentVolumeClaims, claimObject('data'));
  await eventually('it says that the claim is not bound', () =>
    /pod has unbound immediate PersistentVolumeClaims/.test(waitingFor(plane, 'web')),
  );
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: ['n2'] };
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } };
  const disk = volumeObject('disk', undefined, { nodeAffinity });
  await plane.registry.create(persistentVolumes, '', disk, asAdmin);
  await eventually('it is bound to the node of the volume', () => podOf(plane, 'web')?.spec.nodeName === 'n2');
  const far = claimingPod('far', 'data', { nodeSelector: { 'kubernetes.io/hostname': 'n1' } });
  await plane.create(pods, far);
  await eventually('another node is refused', () =>
    /1 node\(s\) didn't match PersistentVolume's node affinity/.test(waitingFor(plane, 'far')),
  );
});

test('the first consumer decides where a volume is made; it grows, is released, and goes when its node says so', async (t) => {
  const plane = await controlPlane(t, { nodes: 2 });
  const { registry } = plane;
  await withLocalPath(plane, ['n2']);
  await plane.create(persistentVolumeClaims, claimObject('data', { storageClassName: 'local-path' }));
  await eventually('it waits for a consumer', () => said(plane, 'WaitForFirstConsumer'));
  await plane.create(pods, claimingPod('web', 'data'));
  await eventually('the Pod runs where volumes are kept', () => podOf(plane, 'web')?.spec.nodeName === 'n2');
  assert.equal(claimOf(plane, 'data')?.status?.phase, 'Bound');
  const name = claimOf(plane, 'data')?.spec?.volumeName ?? '';
  assert.equal(volumeOf(plane, name)?.spec?.local?.path, `/volumes-of-n2/${name}`);

  const grow = ({ spec }: PersistentVolumeClaim): void => {
    if (spec !== undefined) spec.resources = { requests: { storage: '2Gi' } };
  };
  await registry.modify<PersistentVolumeClaim>(persistentVolumeClaims, 'default', 'data', grow, asAdmin);
  await eventually('it has grown', () => claimOf(plane, 'data')?.status?.capacity?.['storage'] === '2Gi');
  assert.equal(volumeOf(plane, name)?.spec?.capacity?.['storage'], '2Gi');

  await registry.delete(pods, 'default', 'web', asAdmin);
  await registry.delete(persistentVolumeClaims, 'default', 'data', asAdmin);
  await eventually('the volume waits for its node alone', () => {
    const { deletionTimestamp, finalizers } = volumeOf(plane, name)?.metadata ?? {};
    return deletionTimestamp !== undefined && finalizers?.join() === localPathFinalizer;
  });
  await registry.delete(nodes, '', 'n2', asAdmin);
  await eventually('without its node it is gone', () => volumeOf(plane, name) === undefined);
});

test('a volume to be retained outlives its claim, and leaves at once when it is deleted', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  await withLocalPath(plane, ['n1']);
  await plane.create(persistentVolumeClaims, claimObject('data', { storageClassName: 'local-path' }));
  await plane.create(pods, claimingPod('web', 'data'));
  await eventually('bound', () => podOf(plane, 'web')?.spec.nodeName === 'n1');
  const name = claimOf(plane, 'data')?.spec?.volumeName ?? '';
  const retain = ({ spec }: PersistentVolume): void => {
    if (spec !== undefined) spec.persistentVolumeReclaimPolicy = 'Retain';
  };
  await plane.registry.modify<PersistentVolume>(persistentVolumes, '', name, retain, asAdmin);
  await plane.registry.delete(pods, 'default', 'web', asAdmin);
  await plane.registry.delete(persistentVolumeClaims, 'default', 'data', asAdmin);
  await eventually('released', () => volumeOf(plane, name)?.status?.phase === 'Released');
  await plane.registry.delete(persistentVolumes, '', name, asAdmin);
  await eventually('gone', () => volumeOf(plane, name) === undefined);
});

test('a claim no local volume can satisfy says so, and a node without volumes is not chosen', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  await withLocalPath(plane, []);
  await plane.create(persistentVolumeClaims, claimObject('data', { storageClassName: 'local-path' }));
  await plane.create(pods, claimingPod('web', 'data'));
  await eventually('no node is chosen', () =>
    /1 node\(s\) didn't find available persistent volumes to bind/.test(waitingFor(plane, 'web')),
  );
  const say = ({ metadata }: Node): void => {
    metadata.annotations = { ...metadata.annotations, [localPathDirAnnotation]: '/volumes' };
  };
  await plane.registry.modify<Node>(nodes, '', 'n1', say, asAdmin);
  await eventually('now it is', () => podOf(plane, 'web')?.spec.nodeName === 'n1');
  const shared = claimObject('shared', { storageClassName: 'local-path', accessModes: ['ReadWriteMany'] });
  await plane.create(persistentVolumeClaims, shared);
  await plane.create(pods, claimingPod('many', 'shared'));
  await eventually('it says why', () => said(plane, 'ProvisioningFailed'));
  await plane.registry.delete(pods, 'default', 'many', asAdmin);
  await eventually('a Pod that waits for its volume can be deleted', () => podOf(plane, 'many') === undefined);
});

test('a claim that names no class is given the default one when there comes to be one', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  const claim = claimObject('data');
  delete (claim.spec as { storageClassName?: string }).storageClassName;
  await plane.create(persistentVolumeClaims, claim);
  await eventually('it has none', () => said(plane, 'FailedBinding'));
  const marked = structuredClone(localPath) as KubeObject;
  marked.metadata.annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  await plane.registry.create(storageClasses, '', marked, asAdmin);
  await eventually('it has one', () => claimOf(plane, 'data')?.spec?.storageClassName === 'local-path');
});

test('a ReadWriteOncePod claim is one Pod at a time', async (t) => {
  const plane = await controlPlane(t, { nodes: 2 });
  await withLocalPath(plane, ['n1', 'n2']);
  const claim = claimObject('data', { storageClassName: 'local-path', accessModes: ['ReadWriteOncePod'] });
  await plane.create(persistentVolumeClaims, claim);
  await plane.create(pods, claimingPod('one', 'data'));
  await eventually('the first one runs', () => podOf(plane, 'one')?.status?.phase === 'Running');
  await plane.create(pods, claimingPod('two', 'data'));
  await eventually('the second one waits', () =>
    /2 node\(s\) unavailable due to PersistentVolumeClaim with ReadWriteOncePod/.test(waitingFor(plane, 'two')),
  );
  await plane.registry.delete(pods, 'default', 'one', asAdmin);
  await eventually('then it is its turn', () => podOf(plane, 'two')?.spec.nodeName !== undefined);
});

test('many Pods with volumes of their own find their nodes, over a restart too', async (t) => {
  const plane = await controlPlane(t, { nodes: 3 });
  await withLocalPath(plane, ['n1', 'n2', 'n3']);
  const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
  await Promise.all(
    names.map(async (name) => {
      await plane.create(persistentVolumeClaims, claimObject(name, { storageClassName: 'local-path' }));
      await plane.create(pods, claimingPod(name, name));
    }),
  );
  await plane.restart();
  await eventually('all are placed', () => names.every((name) => podOf(plane, name)?.spec.nodeName !== undefined));
  for (const name of names) {
    const volume = volumeOf(plane, claimOf(plane, name)?.spec?.volumeName ?? '');
    assert.equal(volume?.metadata.annotations?.['coracle.io/local-path-node'], podOf(plane, name)?.spec.nodeName);
  }
});

test('claims of a StatefulSet go with the Pods it is scaled down by, and with the set, when it says so', async (t) => {
  const plane = await controlPlane(t, { nodes: 1 });
  await withLocalPath(plane, ['n1']);
  const scale = (replicas: number): Promise<unknown> =>
    plane.registry.modify<StatefulSet>(
      statefulSets,
      'default',
      'db',
      (set) => {
        if (set.spec !== undefined) set.spec.replicas = replicas;
      },
      asAdmin,
    );
  const container = { name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  const labels = { app: 'db' };
  const claim = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'local-path',
    resources: { requests: { storage: '1Mi' } },
  };
  await plane.create(statefulSets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      replicas: 2,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      template: { metadata: { labels }, spec: { containers: [container] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
    },
  });
  const running = (name: string): boolean => podOf(plane, name)?.status?.phase === 'Running';
  await eventually('both run', () => running('db-0') && running('db-1'));
  const first = claimOf(plane, 'data-db-1')?.metadata.uid;
  await scale(1);
  await eventually('the claim goes with its Pod', () => claimOf(plane, 'data-db-1') === undefined);
  assert.equal(claimOf(plane, 'data-db-0')?.metadata.ownerReferences?.[0]?.kind, 'StatefulSet');
  await scale(2);
  await eventually('another Pod has another claim', () => running('db-1'));
  assert.notEqual(claimOf(plane, 'data-db-1')?.metadata.uid, first);
  await plane.registry.delete(statefulSets, 'default', 'db', asAdmin);
  await eventually(
    'nothing is left',
    () => plane.find(persistentVolumeClaims).length === 0 && plane.find(pods).length === 0,
  );
});
