/** Numbered Pods: made in order, removed in reverse, renewed a few at a time, with claims; and budgets for evictions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnerReference } from '../../../hub/api/object.ts';
import { budgetStatus } from '../../../hub/controllers/disruption.ts';
import type { PodFacts } from '../../../hub/controllers/pod-facts.ts';
import { claimOwners, isStale } from '../../../hub/controllers/statefulset/claim-owners.ts';
import { claimsOf, ordinalOf, type SpecifiedSet, statefulPod } from '../../../hub/controllers/statefulset/identity.ts';
import { type StatefulPod, statefulPlan, statefulStatus } from '../../../hub/controllers/statefulset/plan.ts';
import { facts } from '../../support/workloads.ts';

const both = { current: 'db-old', update: 'db-new' };

function aSet(spec: Partial<SpecifiedSet['spec']> = {}): SpecifiedSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', uid: 'uid-db', generation: 1 },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c' }] } },
      ...spec,
    },
  };
}

function member(ordinal: number, revision: string, changes: Partial<PodFacts> = {}): StatefulPod<number> {
  return { ref: ordinal, ordinal, facts: facts(changes), revision };
}

function next(set: SpecifiedSet, ...pods: StatefulPod<number>[]): [create: number[], remove: readonly number[]] {
  const plan = statefulPlan(set, pods, both, 10_000);
  return [plan.create.map((one) => one.ordinal), plan.remove];
}

const starting = { ready: false };
const leaving = { deleting: true, active: false };

test('each Pod waits for the one before it to be ready', () => {
  assert.deepEqual(next(aSet()), [[0], []]);
  assert.deepEqual(next(aSet(), member(0, 'db-new', starting)), [[], []]);
  assert.deepEqual(next(aSet(), member(0, 'db-new')), [[1], []]);
  assert.deepEqual(next(aSet({ podManagementPolicy: 'Parallel' })), [[0, 1, 2], []]);
});

test('the highest number goes first, and the next one when it has ended', () => {
  const pods = [0, 1, 2].map((at) => member(at, 'db-new'));
  assert.deepEqual(next(aSet({ replicas: 1 }), ...pods), [[], [2]]);
  assert.deepEqual(next(aSet({ replicas: 1 }), pods[0] as never, pods[1] as never, member(2, 'db-new', leaving)), [
    [],
    [],
  ]);
});

test('an update goes down from the highest number to the partition, one at a time', () => {
  const old = [0, 1, 2].map((at) => member(at, 'db-old'));
  assert.deepEqual(next(aSet(), ...old), [[], [2]]);
  assert.deepEqual(next(aSet(), ...old.slice(0, 2), member(2, 'db-new', starting)), [[], []]);
  assert.deepEqual(next(aSet(), ...old.slice(0, 2), member(2, 'db-new')), [[], [1]]);
  const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
  assert.deepEqual(next(aSet(partition), ...old.slice(0, 2), member(2, 'db-new')), [[], []]);
  const lost = statefulPlan(aSet(partition), [old[0] as never, old[2] as never], both, 10_000);
  assert.deepEqual(lost.create, [{ ordinal: 1, revision: 'db-old' }], 'below the partition the old one comes back');
  assert.deepEqual(next(aSet({ updateStrategy: { type: 'OnDelete' } }), ...old), [[], []]);
});

test('as many Pods are renewed at a time as may be away, and a share of them is at least one', () => {
  const old = [0, 1, 2].map((at) => member(at, 'db-old'));
  const most = (maxUnavailable: number | string) => ({
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
  });
  assert.deepEqual(next(aSet(most(2)), ...old), [[], [2, 1]]);
  assert.deepEqual(next(aSet(most('10%')), ...old), [[], [2]]);
  assert.deepEqual(next(aSet(most('70%')), ...old), [[], [2, 1]]);
  assert.deepEqual(next(aSet(most(2)), ...old.slice(0, 2), member(2, 'db-new', starting)), [[], [1]]);
});

test('who owns a claim follows from what is to happen to it', () => {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'uid-db' };
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'db-1', uid: 'uid-1' };
  const controlled = (owner: typeof set): OwnerReference => ({ ...owner, controller: true, blockOwnerDeletion: true });
  const owners = (whenDeleted: string, whenScaled: string, wanted: boolean, before: OwnerReference[] = []) =>
    claimOwners({ owners: before, set, pod, wanted, policy: { whenDeleted, whenScaled } });
  assert.deepEqual(owners('Retain', 'Retain', false), []);
  assert.deepEqual(owners('Delete', 'Retain', false), [controlled(set)]);
  assert.deepEqual(owners('Retain', 'Delete', true), []);
  assert.deepEqual(owners('Retain', 'Delete', false), [controlled(pod)]);
  assert.deepEqual(owners('Delete', 'Delete', true), [controlled(set)]);
  assert.deepEqual(owners('Delete', 'Delete', false, [controlled(set)]), [controlled(pod)]);
  assert.deepEqual(owners('Retain', 'Retain', true, [controlled(set)]), [], 'a policy that changed is followed');
  const backup = { apiVersion: 'example.org/v1', kind: 'Backup', name: 'b', uid: 'b' };
  assert.deepEqual(owners('Delete', 'Delete', true, [backup]), [backup, controlled(set)]);
  const others = [controlled(backup)];
  assert.deepEqual(owners('Delete', 'Delete', true, others), others, 'somebody else has it');
  const stale = [controlled({ ...pod, uid: 'uid-before' })];
  assert.deepEqual(owners('Delete', 'Delete', true, stale), []);
  assert.deepEqual([isStale(stale, pod), isStale([controlled(pod)], pod)], [true, false]);
  const right = [controlled(set)];
  assert.equal(owners('Delete', 'Retain', true, right), right, 'nothing to write');
});

test('when all are new the update is over', () => {
  const half = statefulStatus(aSet(), [member(0, 'db-old'), member(1, 'db-old'), member(2, 'db-new')], both, 10_000);
  assert.deepEqual([half.currentRevision, half.currentReplicas, half.updatedReplicas], ['db-old', 2, 1]);
  const pods = [0, 1, 2].map((at) => member(at, 'db-new'));
  const whole = statefulStatus(aSet(), pods, both, 10_000);
  assert.deepEqual([whole.currentRevision, whole.currentReplicas, whole.updatedReplicas], ['db-new', 3, 3]);
});

test('a Pod is known by its name and keeps its claim', () => {
  assert.deepEqual(
    ['db-0', 'db-12', 'db-01', 'web-1', 'db-x'].map((name) => ordinalOf('db', name)),
    [0, 12, undefined, undefined, undefined],
  );
  const claims = [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }];
  const set = aSet({ volumeClaimTemplates: claims });
  const pod = statefulPod(set, set.spec.template, 1, 'db-new');
  assert.equal(pod.metadata.name, 'db-1');
  assert.equal(pod.spec.hostname, 'db-1');
  assert.equal(pod.spec.subdomain, 'db');
  assert.deepEqual(pod.spec.volumes, [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }]);
  assert.equal(claimsOf(set, 1)[0]?.metadata.name, 'data-db-1');
});

test('a budget counts what is healthy, and evictions that have not happened yet', () => {
  const input = (spec: object, healthy: number, status = {}) =>
    budgetStatus({
      budget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec, status },
      pods: Array.from({ length: 4 }, (_, at) => ({ name: `p${at}`, healthy: at < healthy, deleting: false })),
      scale: 5,
      now: Date.UTC(2026, 0, 1, 0, 1),
    });
  const counts = ({ disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods }: ReturnType<typeof input>) => [
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
  ];
  assert.deepEqual(counts(input({ minAvailable: 3 }, 4)), [1, 4, 3, 4]);
  assert.deepEqual(counts(input({ maxUnavailable: '20%' }, 4)), [0, 4, 4, 5]);
  assert.deepEqual(counts(input({ maxUnavailable: 2 }, 4)), [1, 4, 3, 5]);
  const disruptedPods = { p0: '2026-01-01T00:00:30Z', p1: '2025-12-31T23:00:00Z' };
  const spent = input({ minAvailable: 3 }, 4, { disruptedPods });
  assert.deepEqual(counts(spent), [0, 3, 3, 4]);
  assert.deepEqual(Object.keys(spent.disruptedPods ?? {}), ['p0'], 'an old promise is forgotten');
});

test('several Pods that are not healthy stop the way down, a single one does not', () => {
  const sick = [0, 1, 2].map((at) => member(at, 'db-new', starting));
  assert.deepEqual(next(aSet({ replicas: 0 }), ...sick), [[], []]);
  assert.deepEqual(next(aSet({ replicas: 0 }), member(0, 'db-new'), member(1, 'db-new', starting)), [[], [1]]);
  assert.deepEqual(next(aSet({ replicas: 0 }), member(0, 'db-new', starting), member(1, 'db-new')), [[], [1]]);
  assert.deepEqual(next(aSet({ replicas: 0, podManagementPolicy: 'Parallel' }), ...sick), [[], [2, 1, 0]]);
});
