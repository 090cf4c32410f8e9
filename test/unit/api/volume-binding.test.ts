/** Which volume a claim gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../../hub/api/persistent-volume.ts';
import { type MatchOptions, matchVolume, mismatch } from '../../../hub/api/volume-binding.ts';
import { claimObject, volumeObject } from '../../support/volumes.ts';

function claim(spec: PersistentVolumeClaimSpec = {}): PersistentVolumeClaim {
  const made = claimObject('data', spec) as unknown as PersistentVolumeClaim;
  made.metadata.uid = 'u1';
  return made;
}

function volume(name: string, spec: PersistentVolumeSpec = {}, labels: Record<string, string> = {}): PersistentVolume {
  const made = volumeObject(name, undefined, spec) as unknown as PersistentVolume;
  return { ...made, metadata: { ...made.metadata, labels }, status: { phase: 'Available' } };
}

const sized = (name: string, storage: string): PersistentVolume => volume(name, { capacity: { storage } });
const found = (
  wanted: PersistentVolumeClaim,
  volumes: PersistentVolume[],
  options?: MatchOptions,
): string | undefined => matchVolume(wanted, volumes, options)?.metadata.name;

test('the smallest volume that is large enough is taken', () => {
  const volumes = [sized('large', '10Gi'), sized('small', '500Mi'), sized('right', '1100Mi'), sized('more', '2Gi')];
  assert.equal(found(claim(), volumes), 'right');
  assert.equal(found(claim(), volumes, { taken: new Set(['right']) }), 'more');
  assert.equal(found(claim({ resources: { requests: { storage: '11Gi' } } }), volumes), undefined);
});

test('fewer access modes are closer to what was asked than a smaller size', () => {
  const shared = volume('shared', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] });
  assert.equal(found(claim(), [shared, sized('plain', '2Gi')]), 'plain');
  assert.equal(found(claim({ accessModes: ['ReadWriteMany'] }), [shared, sized('plain', '2Gi')]), 'shared');
});

test('class, mode, labels, phase and node decide', () => {
  assert.equal(found(claim(), [volume('v', { storageClassName: 'fast' })]), undefined);
  assert.equal(found(claim({ storageClassName: 'fast' }), [volume('v', { storageClassName: 'fast' })]), 'v');
  assert.equal(found(claim(), [volume('v', { volumeMode: 'Block' })]), undefined);
  const selector = { matchLabels: { tier: 'gold' } };
  assert.equal(found(claim({ selector }), [volume('a'), volume('b', {}, { tier: 'gold' })]), 'b');
  assert.equal(found(claim(), [{ ...volume('v'), status: { phase: 'Released' } }]), undefined);
  const deleted = { ...volume('v'), metadata: { name: 'v', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  assert.equal(found(claim(), [deleted]), undefined);
  const expression = { key: 'disk', operator: 'In', values: ['a'] };
  const pinned = volume('v', {
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
  });
  assert.equal(found(claim(), [pinned], { node: { name: 'n1', labels: { disk: 'a' } } }), 'v');
  assert.equal(found(claim(), [pinned], { node: { name: 'n2', labels: { disk: 'b' } } }), undefined);
});

test('a volume reserved for the claim is the one, and one of somebody else never', () => {
  const mine = volume('mine', { capacity: { storage: '5Gi' }, claimRef: { namespace: 'default', name: 'data' } });
  const theirs = volume('theirs', { claimRef: { namespace: 'default', name: 'other' } });
  const older = volume('older', { claimRef: { namespace: 'default', name: 'data', uid: 'u0' } });
  assert.equal(found(claim(), [theirs, older, volume('free'), mine]), 'mine');
  assert.equal(found(claim(), [theirs, older]), undefined);
  assert.equal(found(claim(), [volume('free')], { onlyReserved: true }), undefined);
  assert.equal(found(claim(), [volume('free'), mine], { onlyReserved: true }), 'mine');
});

test('why a claim cannot have the volume it names is said in Kubernetes words', () => {
  assert.equal(mismatch(sized('v', '1Mi'), claim()), 'requested PV is too small');
  assert.equal(mismatch(volume('v', { storageClassName: 'x' }), claim()), 'storageClassName does not match');
  assert.equal(mismatch(volume('v', { volumeMode: 'Block' }), claim()), 'incompatible volumeMode');
  assert.equal(mismatch(volume('v', { accessModes: ['ReadOnlyMany'] }), claim()), 'incompatible accessMode');
  assert.equal(mismatch(volume('v'), claim()), undefined);
});
