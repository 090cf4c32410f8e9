/** What becomes of claims and volumes, in decisions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPathDirAnnotation, localPathFinalizer, localPathNodeAnnotation } from '../../../hub/api/local-path.ts';
import { releasingNode } from '../../../hub/api/local-path.ts';
import type { ObjectMeta } from '../../../hub/api/object.ts';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../../hub/api/persistent-volume.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { StorageClass } from '../../../hub/api/storage.ts';
import {
  bindCompleted,
  boundByController,
  provisionedBy,
  selectedNode,
  volumeProtection,
} from '../../../hub/api/volume-binding.ts';
import { type ClaimSituation, claimStep, volumeStep } from '../../../hub/controllers/volumes/binding.ts';
import { ephemeralClaim } from '../../../hub/controllers/volumes/ephemeral.ts';
import { wantedSize } from '../../../hub/controllers/volumes/expand.ts';
import {
  impossibleClaim,
  localPathVolume,
  volumeDirectory,
} from '../../../hub/controllers/volumes/local-path-volume.ts';
import { releaseStep } from '../../../hub/controllers/volumes/local-path.ts';
import { guarding, keeps } from '../../../hub/controllers/volumes/protection.ts';
import { claimingPod, claimObject, volumeObject } from '../../support/volumes.ts';
import { aNode } from '../../support/workloads.ts';

function aClaim(spec: PersistentVolumeClaim['spec'] = {}, metadata: ObjectMeta = {}): PersistentVolumeClaim {
  const made = claimObject('data', spec) as unknown as PersistentVolumeClaim;
  return { ...made, metadata: { ...made.metadata, uid: 'u1', ...metadata } };
}

function aVolume(spec: PersistentVolumeSpec = {}, metadata: ObjectMeta = {}, phase = 'Available'): PersistentVolume {
  const made = volumeObject('v1', undefined, spec) as unknown as PersistentVolume;
  return { ...made, metadata: { ...made.metadata, ...metadata }, status: { phase } };
}

const aClass = (rest: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local-path' },
  provisioner: 'coracle.io/local-path',
  ...rest,
});

function step(situation: Partial<ClaimSituation>): ReturnType<typeof claimStep> {
  const nothing = { named: undefined, match: () => undefined, storageClass: undefined, defaultClass: undefined };
  return claimStep({ claim: aClaim(), ...nothing, ...situation });
}

const reasonOf = (one: ReturnType<typeof claimStep>): string | undefined =>
  'tell' in one ? one.tell?.reason : undefined;
const owner = { namespace: 'default', name: 'data', uid: 'u1' };

test('a claim takes what matches, waits, or has a volume made', () => {
  assert.deepEqual(step({ match: () => aVolume() }), { do: 'bind', volume: 'v1' });
  assert.equal(reasonOf(step({})), 'FailedBinding');
  const classed = aClaim({ storageClassName: 'local-path' });
  assert.equal(reasonOf(step({ claim: classed })), 'ProvisioningFailed');
  const made = step({ claim: classed, storageClass: aClass() });
  assert.deepEqual([made.do, reasonOf(made)], ['provision', 'ExternalProvisioning']);
  const byHand = step({ claim: classed, storageClass: aClass({ provisioner: 'kubernetes.io/no-provisioner' }) });
  assert.deepEqual([byHand.do, reasonOf(byHand)], ['wait', 'ProvisioningFailed']);
});

test('a claim made before there was a default class gets it, one that wants none does not', () => {
  const { storageClassName: _none, ...spec } = aClaim().spec ?? {};
  const classless = { ...aClaim(), spec };
  assert.deepEqual(step({ claim: classless, defaultClass: 'local-path' }), { do: 'class', name: 'local-path' });
  assert.equal(reasonOf(step({ claim: classless })), 'FailedBinding');
  assert.equal(reasonOf(step({ defaultClass: 'local-path' })), 'FailedBinding');
});

test('a claim whose class waits for the first consumer looks only for what is reserved, until a node is chosen', () => {
  const storageClass = aClass({ volumeBindingMode: 'WaitForFirstConsumer' });
  const asked: boolean[] = [];
  const match = (onlyReserved: boolean): undefined => void asked.push(onlyReserved);
  const claim = aClaim({ storageClassName: 'local-path' });
  assert.equal(reasonOf(step({ claim, storageClass, match })), 'WaitForFirstConsumer');
  const chosen = aClaim({ storageClassName: 'local-path' }, { annotations: { [selectedNode]: 'n1' } });
  assert.equal(step({ claim: chosen, storageClass, match }).do, 'provision');
  assert.deepEqual(asked, [true, true]);
});

test('a claim that names its volume gets it when it is free and fits', () => {
  const claim = aClaim({ volumeName: 'v1' });
  assert.deepEqual(step({ claim }), { do: 'wait' });
  assert.deepEqual(step({ claim, named: aVolume() }), { do: 'bind', volume: 'v1' });
  assert.equal(reasonOf(step({ claim, named: aVolume({ volumeMode: 'Block' }) })), 'VolumeMismatch');
  const theirs = aVolume({ claimRef: { ...owner, uid: 'u2' } });
  assert.equal(reasonOf(step({ claim, named: theirs })), 'FailedBinding');
  assert.deepEqual(step({ claim: aClaim({}, { deletionTimestamp: 'now' }) }), { do: 'nothing' });
});

test('a claim that was bound is lost with its volume', () => {
  const bound = { annotations: { [bindCompleted]: 'yes' } };
  const claim = aClaim({ volumeName: 'v1' }, bound);
  assert.deepEqual([step({ claim }).do, reasonOf(step({ claim }))], ['lose', 'ClaimLost']);
  assert.equal(step({ claim: aClaim({}, bound) }).do, 'lose');
  assert.equal(step({ claim, named: aVolume({ claimRef: owner }) }).do, 'bind');
  assert.equal(reasonOf(step({ claim, named: aVolume({ claimRef: { ...owner, uid: 'u2' } }) })), 'ClaimMisbound');
});

test('a volume follows its claim, and is released when the claim is gone', () => {
  assert.deepEqual(volumeStep(aVolume(), undefined), { do: 'phase', phase: 'Available' });
  const reserved = aVolume({ claimRef: { namespace: 'default', name: 'data' } });
  assert.deepEqual(volumeStep(reserved, aClaim()), { do: 'phase', phase: 'Available' });
  const bound = aVolume({ claimRef: owner, persistentVolumeReclaimPolicy: 'Retain' });
  assert.deepEqual(volumeStep(bound, aClaim({ volumeName: 'v1' })), { do: 'phase', phase: 'Bound' });
  assert.deepEqual(volumeStep(bound, aClaim()), { do: 'look' });
  assert.deepEqual(volumeStep(bound, undefined), { do: 'phase', phase: 'Released' });
  assert.deepEqual(volumeStep(bound, aClaim({}, { uid: 'u2' })), { do: 'phase', phase: 'Released' });
  const deleting = volumeStep(aVolume({ claimRef: owner, persistentVolumeReclaimPolicy: 'Delete' }), undefined);
  assert.deepEqual([deleting.do, 'tell' in deleting && deleting.tell.reason], ['fail', 'VolumeFailedDelete']);
  const elsewhere = aClaim({ volumeName: 'v2' });
  assert.deepEqual(volumeStep(bound, elsewhere), { do: 'unbind', forget: false });
  const chosen = aVolume({ claimRef: owner }, { annotations: { [boundByController]: 'yes' } });
  assert.deepEqual(volumeStep(chosen, elsewhere), { do: 'unbind', forget: true });
  const made = { annotations: { [provisionedBy]: 'x' } };
  const unwanted = aVolume({ claimRef: owner, persistentVolumeReclaimPolicy: 'Delete' }, made);
  assert.deepEqual(volumeStep(unwanted, elsewhere), { do: 'phase', phase: 'Released' });
});

test('a local-path volume is a directory of the chosen node, for Pods of that node', () => {
  const node = {
    ...aNode('n1'),
    metadata: { ...aNode('n1').metadata, annotations: { [localPathDirAnnotation]: '/data/' } },
  };
  assert.equal(volumeDirectory(node), '/data');
  assert.equal(volumeDirectory(aNode('n1')), undefined);
  const claim = aClaim({ storageClassName: 'local-path' });
  const volume = localPathVolume({ claim, storageClass: aClass(), node, directory: '/data' });
  assert.equal(volume.spec?.local?.path, '/data/pvc-u1');
  assert.equal(volume.spec?.persistentVolumeReclaimPolicy, 'Delete');
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  assert.deepEqual(terms, [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] }]);
  assert.equal(impossibleClaim(claim), undefined);
  assert.match(impossibleClaim(aClaim({ accessModes: ['ReadWriteMany'] })) ?? '', /cannot be ReadWriteMany/);
  assert.match(impossibleClaim(aClaim({ volumeMode: 'Block' })) ?? '', /volumeMode Block/);
});

test('a deleted local-path volume waits for its node to remove the directory, and for nobody else', () => {
  const annotations = { [provisionedBy]: 'coracle.io/local-path', [localPathNodeAnnotation]: 'n1' };
  const made = (spec: PersistentVolumeSpec, rest: ObjectMeta, phase: string): PersistentVolume =>
    aVolume({ persistentVolumeReclaimPolicy: 'Delete', ...spec }, { annotations, ...rest }, phase);
  const there = (): boolean => true;
  assert.equal(releaseStep(made({}, {}, 'Bound'), there), 'wait');
  assert.equal(releaseStep(made({}, {}, 'Released'), there), 'delete');
  assert.equal(releaseStep(made({ persistentVolumeReclaimPolicy: 'Retain' }, {}, 'Released'), there), 'wait');
  const deleted = { deletionTimestamp: 'now', finalizers: [localPathFinalizer] };
  const leaving = made({}, deleted, 'Released');
  assert.equal(releaseStep(leaving, there), 'wait');
  assert.equal(releasingNode(leaving), 'n1');
  assert.equal(
    releaseStep(leaving, () => false),
    'let go',
  );
  const kept = made({ persistentVolumeReclaimPolicy: 'Retain' }, deleted, 'Released');
  assert.deepEqual([releaseStep(kept, there), releasingNode(kept)], ['let go', undefined]);
  const bound = made({}, { ...deleted, finalizers: [localPathFinalizer, volumeProtection] }, 'Bound');
  assert.deepEqual([releaseStep(bound, () => false), releasingNode(bound)], ['wait', undefined]);
});

test('a claim is kept by every Pod that has a node and names it', () => {
  const claim = aClaim();
  const pod = (spec: object, metadata: object = {}): Pod => {
    const made = claimingPod('p', 'data', spec as Record<string, unknown>) as unknown as Pod;
    return { ...made, metadata: { ...made.metadata, uid: 'p1', ...metadata } };
  };
  assert.equal(keeps(pod({}), claim), false);
  assert.equal(keeps(pod({ nodeName: 'n1' }), claim), true);
  assert.equal(keeps({ ...pod({ nodeName: 'n1' }), status: { phase: 'Succeeded' } }, claim), true);
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }];
  const ephemeral = pod({ nodeName: 'n1', volumes });
  const own = {
    ...aClaim(),
    metadata: ephemeralClaim(ephemeral, ephemeral.spec.volumes?.[0] ?? { name: '' }).metadata,
  };
  assert.equal(own.metadata.name, 'p-scratch');
  assert.equal(keeps(ephemeral, own), true);
  const shut = { deletionTimestamp: 'now', deletionGracePeriodSeconds: 0 };
  assert.equal(keeps(pod({ nodeName: 'n1', volumes }, shut), own), false);
  assert.equal(keeps(ephemeral, { ...own, metadata: { name: 'p-scratch' } }), false);
});

test('finalizers are put on what lives and taken from what is deleted and free', () => {
  const deletionTimestamp = 'now';
  assert.equal(
    guarding({}, 'f', () => true),
    'guard',
  );
  assert.equal(
    guarding({ finalizers: ['f'] }, 'f', () => true),
    'leave',
  );
  assert.equal(
    guarding({ finalizers: ['f'], deletionTimestamp }, 'f', () => false),
    'leave',
  );
  assert.equal(
    guarding({ finalizers: ['f'], deletionTimestamp }, 'f', () => true),
    'let go',
  );
  assert.equal(
    guarding({ deletionTimestamp }, 'f', () => true),
    'leave',
  );
});

test('a bound claim that asks for more than it has is enlarged', () => {
  const bound = { annotations: { [bindCompleted]: 'yes' } };
  const claim = aClaim({ volumeName: 'v1', resources: { requests: { storage: '2Gi' } } }, bound);
  const has = (storage: string): PersistentVolumeClaim => ({
    ...claim,
    status: { phase: 'Bound', capacity: { storage } },
  });
  assert.equal(wantedSize(has('1Gi')), '2Gi');
  assert.equal(wantedSize(has('3Gi')), undefined);
  assert.equal(wantedSize(claim), undefined);
});
