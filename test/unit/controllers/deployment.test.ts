/** How a Deployment rolls: step by step within its limits, sharing out changes of size, saying how it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, DeploymentCondition, ReplicaSet } from '../../../hub/api/workload.ts';
import { newSetAnnotations, revisionOf } from '../../../hub/controllers/deployment/annotations.ts';
import { allSets, fenceposts, type Rollout, rolloutOf, sizeWanted } from '../../../hub/controllers/deployment/sets.ts';
import {
  growNew,
  isScaling,
  newSetSize,
  scaleAll,
  shrinkOld,
  surplusSets,
} from '../../../hub/controllers/deployment/sizing.ts';
import { rolloutStatus } from '../../../hub/controllers/deployment/status.ts';
import { templateHash } from '../../../hub/controllers/template-hash.ts';
import { aDeployment, aReplicaSet, chance } from '../../support/workloads.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string): Partial<Deployment['spec']> => ({
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});

test('the set with the same template is the new one, whatever its hash', () => {
  const rollout = rolloutOf(aDeployment({}, '2'), [aReplicaSet('2', 1), aReplicaSet('1', 2)]);
  assert.equal(rollout.newSet?.metadata.name, 'web-2');
  assert.deepEqual(
    rollout.oldSets.map((set) => set.metadata.name),
    ['web-1'],
  );
});

test('a new set starts with as many as the surge has room for', () => {
  const rollout = rolloutOf(aDeployment({ replicas: 4, ...rolling(1, 0) }, '2'), [aReplicaSet('1', 4)]);
  assert.equal(newSetSize(rollout, 0), 1);
  assert.equal(newSetSize(rolloutOf(aDeployment({ replicas: 4, ...rolling('50%', 0) }), []), 0), 4);
});

test('old Pods that do not run go first, without waiting for new ones', () => {
  const deployment = aDeployment({ replicas: 3, ...rolling(1, 0) }, '2');
  const rollout = rolloutOf(deployment, [aReplicaSet('1', 3, 1), aReplicaSet('2', 1, 0)]);
  assert.deepEqual(shrinkOld(rollout), [], 'three wanted, four there: the new one must come first');
  const broken = rolloutOf(deployment, [aReplicaSet('1', 3, 1), aReplicaSet('2', 1, 1)]);
  assert.deepEqual(
    shrinkOld(broken).map(({ size }) => size),
    [2],
  );
});

/** A world in which Pods become ready, break and go at random, and statuses lag behind. */
function simulate(seed: number, replicas: number, surge: number, unavailable: number): void {
  const random = chance(seed);
  const deployment = aDeployment({ replicas, ...rolling(surge, unavailable) }, '2');
  const limits = fenceposts(deployment);
  const real = new Map<string, number>([['web-1', replicas]]);
  let sets = [aReplicaSet('1', replicas)];
  for (let step = 0; step < 400; step++) {
    const rollout: Rollout = rolloutOf(deployment, sets);
    if (rollout.newSet === undefined) {
      sets = [...sets, aReplicaSet('2', newSetSize(rollout, 0), 0)];
      real.set('web-2', 0);
    } else {
      const grown = growNew(rollout);
      const changes = grown === undefined ? shrinkOld(rollout) : [grown];
      for (const { set, size } of changes) set.spec.replicas = size;
    }
    const total = allSets(rollout).reduce((sum, set) => sum + sizeWanted(set), 0);
    assert.ok(total <= replicas + limits.surge, `never more than ${replicas + limits.surge} (seed ${seed})`);
    for (const set of sets) {
      const name = set.metadata.name ?? '';
      const there = real.get(name) ?? 0;
      real.set(name, Math.min(sizeWanted(set), there + Math.floor(random() * 3)));
      // the status follows some time later
      if (random() < 0.5 && set.status !== undefined) set.status.availableReplicas = real.get(name) ?? 0;
    }
    const running = [...real.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(running >= replicas - limits.unavailable, `never fewer than allowed: ${running} (seed ${seed})`);
  }
  const last = rolloutOf(deployment, sets);
  assert.equal(last.newSet?.spec.replicas, replicas, `the rollout ends (seed ${seed})`);
  assert.ok(last.oldSets.every((set) => set.spec.replicas === 0));
}

test('whatever happens, a rolling update stays within maxSurge and maxUnavailable, and ends', () => {
  for (let seed = 1; seed <= 200; seed++) simulate(seed, 1 + (seed % 23), seed % 4, (seed >> 2) % 5);
});

test('a change of size in the middle of a rollout is shared out in proportion', () => {
  const sizes = { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '13' };
  const sets = [aReplicaSet('1', 8, 8, sizes), aReplicaSet('2', 5, 0, sizes)];
  const rollout = rolloutOf(aDeployment({ replicas: 15, ...rolling(3, 2) }, '2'), sets);
  assert.ok(isScaling(rollout));
  const byName = new Map(scaleAll(rollout).map(({ set, size }) => [set.metadata.name, size]));
  assert.deepEqual([...byName].sort(), [
    ['web-1', 11],
    ['web-2', 7],
  ]);
});

test('a paused Deployment with one set is scaled all the same', () => {
  const rollout = rolloutOf(aDeployment({ replicas: 5, paused: true }, '2'), [aReplicaSet('1', 3)]);
  assert.deepEqual(
    scaleAll(rollout).map(({ size }) => size),
    [5],
  );
});

test('a set that is used again gets a new revision and remembers its old one', () => {
  const annotations = newSetAnnotations(aDeployment(), { 'deployment.kubernetes.io/revision': '1' }, 4n);
  assert.deepEqual(annotations, {
    'deployment.kubernetes.io/revision': '4',
    'deployment.kubernetes.io/revision-history': '1',
  });
});

test('only empty sets beyond the history limit are removed, the oldest first', () => {
  const sets: ReplicaSet[] = [aReplicaSet('1', 0), aReplicaSet('2', 1), aReplicaSet('3', 0), aReplicaSet('4', 3)];
  const rollout = rolloutOf(aDeployment({ revisionHistoryLimit: 1 }, '4'), sets);
  assert.deepEqual(
    surplusSets(rollout, revisionOf).map((set) => set.metadata.name),
    ['web-1'],
  );
});

function progressing(conditions: readonly DeploymentCondition[] | undefined): DeploymentCondition | undefined {
  return conditions?.find((one) => one.type === 'Progressing');
}

test('the status tells how the rollout goes, from the first Pod to the deadline', () => {
  const start = Date.UTC(2026, 0, 1);
  const deployment = aDeployment({ replicas: 2, ...rolling(1, 0) }, '2');
  const rolled = (available: number): Rollout => rolloutOf(deployment, [aReplicaSet('2', 2, available)]);
  deployment.status = rolloutStatus(rolled(0), start, []);
  assert.deepEqual(
    deployment.status.conditions?.map(({ type, status }) => [type, status]),
    [
      ['Available', 'False'],
      ['Progressing', 'True'],
    ],
  );
  assert.equal(progressing(deployment.status.conditions)?.message, 'ReplicaSet "web-2" is progressing.');
  const late = rolloutStatus(rolled(0), start + 601_000, deployment.status.conditions ?? []);
  assert.equal(progressing(late.conditions)?.reason, 'ProgressDeadlineExceeded');
  const done = rolloutStatus(rolled(2), start + 700_000, late.conditions ?? []);
  assert.equal(progressing(done.conditions)?.reason, 'NewReplicaSetAvailable');
  assert.equal(done.unavailableReplicas, undefined);
  assert.equal(done.availableReplicas, 2);
});

test('template hashes do not depend on the order of members, but on every value', () => {
  const template = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
  const turned = { spec: { containers: [{ image: 'x', name: 'c' }] }, metadata: { labels: { b: '2', a: '1' } } };
  assert.equal(templateHash(template, undefined), templateHash(turned, undefined));
  assert.notEqual(templateHash(template, undefined), templateHash(template, 1));
  assert.match(templateHash(template, undefined), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
