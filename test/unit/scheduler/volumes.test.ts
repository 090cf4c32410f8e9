/** What the claims of a Pod say about where it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPathDirAnnotation } from '../../../hub/api/local-path.ts';
import type { ObjectMeta } from '../../../hub/api/object.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../../hub/api/persistent-volume.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { StorageClass } from '../../../hub/api/storage.ts';
import { bindCompleted, selectedNode } from '../../../hub/api/volume-binding.ts';
import { claimsOf, type PodClaims, type VolumeReader } from '../../../hub/scheduler/volumes/claims.ts';
import { ClaimSleepers } from '../../../hub/scheduler/volumes/claim-sleepers.ts';
import { fitError, tooEarly } from '../../../hub/scheduler/fit-error.ts';
import { NodeRoom } from '../../../hub/scheduler/node-room.ts';
import { VolumeRule } from '../../../hub/scheduler/volumes/volume-rule.ts';
import { progress } from '../../../hub/scheduler/volumes/volume-waits.ts';
import { claimingPod, claimObject, volumeObject } from '../../support/volumes.ts';
import { aNode } from '../../support/workloads.ts';

const storageClass = (rest: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'late' },
  provisioner: 'coracle.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  ...rest,
});

function aClaim(spec: PersistentVolumeClaim['spec'] = {}, metadata: ObjectMeta = {}): PersistentVolumeClaim {
  const made = claimObject('data', spec) as unknown as PersistentVolumeClaim;
  return { ...made, metadata: { ...made.metadata, uid: 'u1', ...metadata } };
}

const boundClaim = (spec: PersistentVolumeClaim['spec'] = {}): PersistentVolumeClaim => ({
  ...aClaim({ volumeName: 'v1', ...spec }, { annotations: { [bindCompleted]: 'yes' } }),
  status: { phase: 'Bound' },
});

function aVolume(node?: string): PersistentVolume {
  const values = node === undefined ? [] : [node];
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values };
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } };
  const made = volumeObject('v1', undefined, node === undefined ? {} : { nodeAffinity }) as unknown as PersistentVolume;
  return { ...made, status: { phase: 'Available' } };
}

function reader(claim?: PersistentVolumeClaim, volume?: PersistentVolume, found?: StorageClass): VolumeReader {
  return {
    claim: (_, name) => (claim?.metadata.name === name ? claim : undefined),
    volume: (name) => (volume?.metadata.name === name ? volume : undefined),
    volumes: () => (volume === undefined ? [] : [volume]),
    storageClass: (name) => (found?.metadata.name === name ? found : undefined),
  };
}

const pod = claimingPod('p', 'data') as unknown as Pod;

function room(name: string, keepsVolumes = true): NodeRoom {
  const node = aNode(name);
  if (keepsVolumes) node.metadata.annotations = { [localPathDirAnnotation]: '/data' };
  const made = new NodeRoom(name, 0);
  made.set(node);
  return made;
}

function rule(claims: PodClaims | string, volumes: PersistentVolume[] = [], inUse = false): VolumeRule {
  assert.ok(typeof claims === 'object');
  return new VolumeRule({ claims, volumes: () => volumes, taken: new Set(), inUse: () => inUse });
}

test('a Pod whose claims are not ready waits, and says why', () => {
  assert.equal(claimsOf(pod, reader()), 'persistentvolumeclaim "data" not found');
  const deleted = aClaim({}, { deletionTimestamp: 'now' });
  assert.equal(claimsOf(pod, reader(deleted)), 'persistentvolumeclaim "data" is being deleted');
  const lost = { ...boundClaim(), status: { phase: 'Lost' } };
  assert.equal(claimsOf(pod, reader(lost)), 'persistentvolumeclaim "data" bound to non-existent persistentvolume "v1"');
  const unbound = 'pod has unbound immediate PersistentVolumeClaims';
  assert.equal(claimsOf(pod, reader(aClaim())), unbound);
  const named = aClaim({ storageClassName: 'late', volumeName: 'v1' });
  assert.equal(claimsOf(pod, reader(named, undefined, storageClass())), unbound);
  const volumes = [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec: {} } } }];
  const ephemeral = claimingPod('p', '', { volumes }) as unknown as Pod;
  ephemeral.metadata.uid = 'p1';
  assert.match(String(claimsOf(ephemeral, reader())), /waiting for ephemeral volume controller .* "p-data"$/);
  const notMine = aClaim({}, { name: 'p-data' });
  assert.match(String(claimsOf(ephemeral, reader(notMine))), /was not created for pod default\/p \(pod is not owner\)/);
  const sentence = tooEarly(2, unbound, true);
  assert.equal(
    sentence,
    `0/2 nodes are available: ${unbound}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.`,
  );
});

test('a bound volume keeps its Pod on the nodes it can be reached from', () => {
  const claims = claimsOf(pod, reader(boundClaim(), aVolume('n1')));
  const one = rule(claims);
  assert.equal(one.refuse(room('n1')), undefined);
  const refusal = one.refuse(room('n2'));
  assert.ok(refusal?.lasting);
  assert.match(fitError([refusal], 'hopeless'), /1 node\(s\) didn't match PersistentVolume's node affinity/);
  const gone = rule(claimsOf(pod, reader(boundClaim()))).refuse(room('n1'));
  assert.match(gone?.reasons[0] ?? '', /non-existent pv/);
});

test('a claim that waits for its first consumer takes a volume there, or has one made', () => {
  const claim = aClaim({ storageClassName: 'late' });
  const claims = claimsOf(pod, reader(claim, undefined, storageClass()));
  const there = { ...aVolume('n2'), spec: { ...aVolume('n2').spec, storageClassName: 'late' } };
  const one = rule(claims, [there]);
  assert.deepEqual(one.plan(room('n2')), { node: 'n2', take: [{ claim, volume: 'v1' }], make: [] });
  assert.deepEqual(one.plan(room('n1')), { node: 'n1', take: [], make: [claim] });
  assert.match(one.refuse(room('n1', false))?.reasons[0] ?? '', /didn't find available persistent volumes to bind/);
  const byHand = claimsOf(pod, reader(claim, undefined, storageClass({ provisioner: 'kubernetes.io/no-provisioner' })));
  assert.equal(rule(byHand, [there]).refuse(room('n2')), undefined);
  assert.notEqual(rule(byHand, [there]).refuse(room('n1')), undefined);
  const chosen = aClaim({ storageClassName: 'late' }, { annotations: { [selectedNode]: 'n1' } });
  const again = rule(claimsOf(pod, reader(chosen, undefined, storageClass())));
  assert.equal(again.refuse(room('n1')), undefined);
  assert.notEqual(again.refuse(room('n2')), undefined);
  const allowedTopologies = [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['n2'] }] }];
  const narrow = rule(claimsOf(pod, reader(claim, undefined, storageClass({ allowedTopologies }))));
  assert.deepEqual([narrow.refuse(room('n1')) === undefined, narrow.refuse(room('n2')) === undefined], [false, true]);
});

test('a claim of one Pod alone is refused to a second one, until the first is gone', () => {
  const claims = claimsOf(pod, reader(boundClaim({ accessModes: ['ReadWriteOncePod'] }), aVolume()));
  assert.equal(rule(claims).refuse(room('n1')), undefined);
  const refusal = rule(claims, [], true).refuse(room('n1'));
  assert.match(refusal?.reasons[0] ?? '', /ReadWriteOncePod access mode already in-use by another pod/);
  assert.equal(refusal?.lasting, false);
});

test('a volume on its way arrives, or does not', () => {
  const there = { made: new Set(['data']), node: room('n1') };
  const on = (node: string): PersistentVolumeClaim => aClaim({}, { annotations: { [selectedNode]: node } });
  assert.equal(progress(on('n1'), 'data', there, reader()), 'on its way');
  assert.match(JSON.stringify(progress(on('n2'), 'data', there, reader())), /not set to scheduled node/);
  assert.match(JSON.stringify(progress(undefined, 'data', there, reader())), /not found/);
  assert.equal(progress(boundClaim(), 'data', there, reader(undefined, aVolume('n1'))), 'bound');
  const elsewhere = progress(boundClaim(), 'data', there, reader(undefined, aVolume('n2')));
  assert.match(JSON.stringify(elsewhere), /node affinity doesn't match node/);
});

test('a change of a claim wakes the Pods that sleep over it', () => {
  const sleepers = new ClaimSleepers();
  sleepers.add('a/p', ['a/x', 'a/y'], true);
  sleepers.add('a/q', ['a/x'], false);
  assert.deepEqual(sleepers.of('a/x'), { unready: ['a/p'], others: ['a/q'] });
  sleepers.delete('a/p');
  assert.deepEqual(sleepers.of('a/y'), { unready: [], others: [] });
  assert.deepEqual([...sleepers.all()], ['a/q']);
});
