/** Which Pods of a ReplicaSet go first, and what its status says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseForRemoval } from '../../../hub/controllers/replicas/removal-order.ts';
import { replicaStatus, untilAvailable } from '../../../hub/controllers/replicas/status.ts';
import { facts } from '../../support/workloads.ts';

const now = 1_000_000_000;

function order(...named: [name: string, changes: Parameters<typeof facts>[0], crowd?: number][]): string[] {
  const candidates = named.map(([name, changes, crowd = 1]) => ({ name, facts: facts(changes), crowd }));
  return candidates.map((_, count) => {
    const chosen = chooseForRemoval(candidates, count + 1, now).map((one) => one.name);
    return chosen[count] ?? '';
  });
}

test('Pods that serve nobody go before those that do', () => {
  assert.deepEqual(
    order(
      ['ready', { readySince: now - 1_000_000 }],
      ['not ready', { ready: false }],
      ['pending', { ready: false, phase: 'Pending' }],
    ).slice(0, 2),
    ['pending', 'not ready'],
  );
  const unbound = facts({ node: '', ready: false, phase: 'Pending' });
  const bound = facts({ ready: false, phase: 'Pending' });
  const [first] = chooseForRemoval(
    [
      { facts: bound, crowd: 0 },
      { facts: unbound, crowd: 0 },
    ],
    1,
    now,
  );
  assert.equal(first?.facts, unbound);
});

test('cheap ones, then crowded ones, then the latest to become ready go first', () => {
  const ready = (ago: number) => ({ readySince: now - ago });
  const [first] = order(['dear', { ...ready(10), deletionCost: 5 }], ['cheap', { ...ready(1e6), deletionCost: -1 }]);
  assert.equal(first, 'cheap');
  const [crowded] = order(['alone', ready(10), 1], ['crowded', ready(1e6), 3]);
  assert.equal(crowded, 'crowded');
  const [young] = order(['old', ready(1e7)], ['young', ready(5000)]);
  assert.equal(young, 'young');
});

test('the status leaves out zeros and keeps a failure until it is over', () => {
  const pod = { facts: facts({ readySince: now - 5000 }), labels: { app: 'a', extra: '1' } };
  const stray = { facts: facts({ ready: false }), labels: {} };
  const gone = { facts: facts({ deleting: true, active: false }), labels: { app: 'a' } };
  const base = {
    templateLabels: { app: 'a' },
    minReadySeconds: 0,
    generation: 3,
    before: undefined,
    failure: undefined,
    now,
    countsTerminating: true,
  };
  assert.deepEqual(replicaStatus({ ...base, pods: [pod, stray, gone] }), {
    replicas: 2,
    fullyLabeledReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 3,
  });
  const failure = { reason: 'FailedCreate', message: 'no room' } as const;
  const failed = replicaStatus({ ...base, pods: [], failure });
  assert.deepEqual(
    failed.conditions?.map(({ type, reason, message }) => [type, reason, message]),
    [['ReplicaFailure', 'FailedCreate', 'no room']],
  );
  assert.equal(replicaStatus({ ...base, pods: [], before: failed }).conditions, undefined);
});

test('a Pod is available only after minReadySeconds, and that time is asked for', () => {
  const pods = [facts({ readySince: now - 4000 }), facts({ readySince: now - 60_000 })];
  assert.equal(untilAvailable(pods, 10, now), 6000);
  assert.equal(untilAvailable(pods, 3, now), undefined);
});
