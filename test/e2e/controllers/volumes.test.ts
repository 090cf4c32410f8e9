/** Volumes and claims on a whole control plane with played nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../../hub/api/config.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../../hub/api/persistent-volume.ts';
import { events, persistentVolumeClaims, persistentVolumes, pods } from '../../../hub/api/resource.ts';
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
