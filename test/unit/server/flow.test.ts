/** Priority and fairness: which flow a request belongs to, how seats are shared, and who waits for whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriorityLevelConfiguration } from '../../../hub/api/flow-control.ts';
import { bootstrapLevels, bootstrapSchemas } from '../../../hub/api/flow-control-bootstrap.ts';
import type { User } from '../../../hub/api/user.ts';
import { dealHand } from '../../../hub/server/flow/hand.ts';
import { Level } from '../../../hub/server/flow/level.ts';
import { seatLimits } from '../../../hub/server/flow/limits.ts';
import { type Asked, isMeant, isSubject } from '../../../hub/server/flow/match.ts';
import { Seats } from '../../../hub/server/flow/seats.ts';

const account: User = {
  name: 'system:serviceaccount:kube-system:x',
  groups: ['system:serviceaccounts', 'system:authenticated'],
};
const node: User = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
const ann: User = { name: 'ann', groups: ['system:authenticated'] };

function schemaOf(user: User, asked: Partial<Asked>): string | undefined {
  const whole = { verb: 'get', group: '', resource: '', namespace: '', path: '', ...asked };
  const found = bootstrapSchemas.find((schema) =>
    schema.spec?.rules?.some((rule) => rule.subjects.some((one) => isSubject(one, user)) && isMeant(rule, whole)),
  );
  return found?.metadata.name;
}

test('the schemas every cluster has sort requests as those of Kubernetes do', () => {
  const pods = { resource: 'pods', namespace: 'a' };
  const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'a' };
  assert.equal(schemaOf({ name: 'root', groups: ['system:masters'] }, pods), 'exempt');
  assert.equal(schemaOf(ann, { path: '/healthz' }), 'probes');
  assert.equal(schemaOf(ann, { path: '/healthz/ping' }), 'probes');
  assert.equal(schemaOf(ann, { path: '/healthzz' }), 'global-default');
  assert.equal(schemaOf(ann, { path: '/livez', verb: 'post' }), 'global-default');
  assert.equal(schemaOf(account, { ...lease, verb: 'update' }), 'system-leader-election');
  assert.equal(schemaOf(account, { ...lease, verb: 'list' }), 'kube-system-service-accounts');
  assert.equal(schemaOf(account, { resource: 'configmaps', namespace: 'a' }), 'workload-leader-election');
  assert.equal(schemaOf(node, { resource: 'nodes/status', verb: 'patch' }), 'system-node-high');
  assert.equal(schemaOf(node, pods), 'system-nodes');
  assert.equal(schemaOf({ ...account, name: 'system:serviceaccount:a:x' }, pods), 'service-accounts');
  assert.equal(schemaOf(ann, pods), 'global-default');
  assert.equal(schemaOf({ name: 'none', groups: [] }, pods), undefined);
});

test('seats are shared by shares, and what a level lends and borrows is bounded', () => {
  const limits = seatLimits(bootstrapLevels, 600);
  const of = (name: string): unknown => limits[bootstrapLevels.findIndex(({ metadata }) => metadata.name === name)];
  assert.deepEqual(of('workload-low'), { nominal: 245, lower: 24, upper: 600 });
  assert.deepEqual(of('catch-all'), { nominal: 13, lower: 13, upper: 600 });
  assert.deepEqual(of('exempt'), { nominal: 0, lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY });
  const bounded = { nominalConcurrencyShares: 10, lendablePercent: 100, borrowingLimitPercent: 50 };
  const level = (name: string, limited: object): PriorityLevelConfiguration =>
    ({ metadata: { name }, spec: { type: 'Limited', limited } }) as unknown as PriorityLevelConfiguration;
  assert.deepEqual(seatLimits([level('a', bounded), level('b', { nominalConcurrencyShares: 30 })], 40), [
    { nominal: 10, lower: 0, upper: 15 },
    { nominal: 30, lower: 30, upper: 40 },
  ]);
});

test('a hand is dealt from all queues, the same for a flow each time, and two flows rarely share all of it', () => {
  const hands = Array.from({ length: 500 }, (_, index) => dealHand(`user${index}`, 64, 6));
  for (const hand of hands) assert.equal(new Set(hand).size, 6);
  assert.deepEqual(dealHand('user7', 64, 6), hands[7]);
  assert.equal(new Set(hands.flat()).size, 64);
  const first = new Set(hands[0]);
  const hidden = hands.slice(1).filter((hand) => hand.every((index) => first.has(index)));
  assert.equal(hidden.length, 0);
  assert.deepEqual(dealHand('x', 2, 2).sort(), [0, 1]);
});

interface Scene {
  readonly seats: Seats;
  level(name: string): Level;
}

function scene(total: number, levels: Record<string, object>): Scene {
  const seats = new Seats();
  const objects = Object.entries(levels).map(
    ([name, limited]) =>
      ({ metadata: { name }, spec: { type: 'Limited', limited } }) as unknown as PriorityLevelConfiguration,
  );
  const limits = seatLimits(objects, total);
  const made = objects.map((object, index) => {
    const level = new Level(object.metadata.name ?? '', false, seats);
    level.configure(object, limits[index] as (typeof limits)[0]);
    return level;
  });
  seats.share(made, total);
  return { seats, level: (name) => made.find((one) => one.name === name) as Level };
}

const queues = (count: number, handSize: number, queueLengthLimit: number): object => ({
  type: 'Queue',
  queuing: { queues: count, handSize, queueLengthLimit },
});

test('a greedy flow fills its own queues; another flow waits for few', () => {
  const { level } = scene(1, { only: { nominalConcurrencyShares: 1, limitResponse: queues(64, 6, 50) } });
  const only = level('only');
  const begun: string[] = [];
  const ask = (flow: string): unknown =>
    only.wait(flow, {
      begin: () => {
        begun.push(flow);
        only.take();
      },
    });
  assert.ok(only.admits);
  only.take();
  assert.ok(!only.admits);
  const answers = Array.from({ length: 500 }, () => ask('greedy'));
  assert.equal(answers.filter((one) => one === 'queue-full').length, 200);
  assert.equal(only.waiting, 300);
  assert.equal(typeof ask('modest'), 'object');
  for (let count = 0; count < 14; count += 1) only.release();
  assert.ok(begun.includes('modest'), `not among ${begun.length}`);
  while (only.busy > 0) only.release();
  assert.deepEqual([begun.length, only.waiting, only.admits], [301, 0, true]);
});

test('a level borrows what others leave, and they have it back with the next seat that is free', () => {
  const queuing = queues(1, 1, 100);
  const lent = { nominalConcurrencyShares: 1, lendablePercent: 100, limitResponse: queuing };
  const { level } = scene(4, { a: lent, b: lent });
  const [a, b] = [level('a'), level('b')];
  for (let count = 0; count < 4; count += 1) {
    assert.ok(a.admits);
    a.take();
  }
  assert.ok(!a.admits && !b.admits);
  let [ofA, ofB] = [0, 0];
  for (let count = 0; count < 2; count += 1) {
    a.wait('a', {
      begin() {
        ofA += 1;
        a.take();
      },
    });
    b.wait('b', {
      begin() {
        ofB += 1;
        b.take();
      },
    });
  }
  a.release();
  a.release();
  assert.deepEqual([ofA, ofB, a.busy, b.busy], [0, 2, 2, 2]);
  b.release();
  assert.deepEqual([ofA, b.busy], [1, 1]);
});

test('seats that a level does not lend are there for it however greedy the others are', () => {
  const reject = { type: 'Reject' };
  const { level } = scene(4, {
    a: { nominalConcurrencyShares: 1, limitResponse: reject },
    b: { nominalConcurrencyShares: 1, limitResponse: reject },
  });
  const [a, b] = [level('a'), level('b')];
  a.take();
  a.take();
  assert.ok(!a.admits && b.admits);
  assert.equal(a.wait('x', { begin: () => {} }), 'concurrency-limit');
});

test('who leaves its queue is not begun, and makes room', () => {
  const { level } = scene(1, { only: { nominalConcurrencyShares: 1, limitResponse: queues(1, 1, 1) } });
  const only = level('only');
  only.take();
  const place = only.wait('a', { begin: () => assert.fail('it left') });
  assert.ok(typeof place === 'object');
  assert.equal(only.wait('b', { begin: () => {} }), 'queue-full');
  place.leave();
  let isBegun = false;
  only.wait('b', {
    begin() {
      isBegun = true;
    },
  });
  only.release();
  assert.ok(isBegun);
});
