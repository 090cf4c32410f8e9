/** Who has to go so that a more important Pod can come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Nominations } from '../../../hub/scheduler/preemption/nominations.ts';
import { NodeRoom } from '../../../hub/scheduler/node-room.ts';
import { PodClasses } from '../../../hub/scheduler/pod-class.ts';
import {
  type Budget,
  type Candidate,
  kept,
  leastHarm,
  type Removable,
  victimsOn,
} from '../../../hub/scheduler/preemption/victims.ts';
import { aNode, aPod } from '../../support/workloads.ts';

interface Sized extends Removable {
  readonly size: number;
}

function aVictim(name: string, changes: Partial<Sized> = {}): Sized {
  return { uid: name, namespace: 'default', name, labels: { app: name }, priority: 0, started: 1, size: 1, ...changes };
}

function budget(app: string, allowed: number, disrupted: string[] = []): Budget {
  return { namespace: 'default', matches: (labels) => labels['app'] === app, allowed, disrupted: new Set(disrupted) };
}

/** A node that holds `lower` exactly, and a newcomer that needs `needs`. */
function victims(needs: number, lower: readonly Sized[], budgets: readonly Budget[] = []): string[] | undefined {
  let free = 0;
  const found = victimsOn('n', lower, budgets, {
    lift: (pod) => {
      free += pod.size;
    },
    restore: (pod) => {
      free -= pod.size;
    },
    fits: () => free >= needs,
  });
  return found?.victims.map((one) => one.name);
}

test('no more Pods go than have to, the least important first', () => {
  const lower = [aVictim('a', { priority: 3 }), aVictim('b', { priority: 1 }), aVictim('c', { priority: 2 })];
  assert.deepEqual(victims(1, lower), ['b']);
  assert.deepEqual(victims(2, lower), ['c', 'b']);
  assert.equal(victims(4, lower), undefined);
  assert.equal(victims(0, []), undefined);
});

test('a small Pod stays when a big one must go anyway', () => {
  const lower = [aVictim('small', { priority: 1 }), aVictim('big', { priority: 2, size: 3 })];
  assert.deepEqual(victims(3, lower), ['big']);
});

test('among equals the one that started last goes', () => {
  assert.deepEqual(victims(1, [aVictim('old', { started: 1 }), aVictim('young', { started: 2 })]), ['young']);
});

test('budgets keep Pods where others can go instead', () => {
  const lower = [aVictim('kept', { priority: 1 }), aVictim('free', { priority: 5 })];
  assert.deepEqual(victims(1, lower), ['kept']);
  assert.deepEqual(victims(1, lower, [budget('kept', 0)]), ['free']);
  assert.deepEqual(victims(1, lower, [budget('kept', 1)]), ['kept']);
  assert.deepEqual(victims(2, lower, [budget('kept', 0)]), ['free', 'kept']);
});

test('a budget allows so many, and does not count who goes already', () => {
  const three = ['x', 'y', 'z'].map((name) => aVictim(name, { labels: { app: 'w' } }));
  const names = (budgets: Budget[]) => [...kept(three, budgets)].map((one) => one.name);
  assert.deepEqual(names([budget('w', 2)]), ['z']);
  assert.deepEqual(names([budget('w', 1, ['x'])]), ['z']);
  assert.deepEqual(names([{ ...budget('w', 0), namespace: 'other' }]), []);
});

test('the node where it hurts least is chosen', () => {
  const on = (node: string, pods: Partial<Sized>[], violations = 0): Candidate<Sized> => ({
    node,
    victims: pods.map((one, at) => aVictim(`${node}-${at}`, one)),
    violations,
  });
  const best = (...candidates: Candidate<Sized>[]) => leastHarm(candidates)?.node;
  assert.equal(best(on('a', [{}], 1), on('b', [{ priority: 9 }, {}])), 'b', 'fewest budgets broken');
  assert.equal(best(on('a', [{ priority: 2 }]), on('b', [{ priority: 1 }, { priority: 1 }])), 'b', 'least important');
  assert.equal(best(on('a', [{ priority: 2 }, { priority: 2 }]), on('b', [{ priority: 2 }, {}])), 'b', 'lowest sum');
  assert.equal(best(on('a', [{ priority: -1 }, { priority: -1 }]), on('b', [{ priority: -1 }])), 'b', 'fewest');
  assert.equal(best(on('a', [{ started: 1 }]), on('b', [{ started: 2 }])), 'b', 'the youngest');
  assert.equal(best(on('a', [{}]), on('b', [{}])), 'a');
  assert.equal(best(), undefined);
});

test('promised room is kept from equals and lesser Pods, not from its owner nor from greater ones', () => {
  const room = new NodeRoom('n', 0);
  room.set(aNode('n', { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } }));
  const load = new PodClasses().load(aPod('p', { requests: { cpu: '800m' } }));
  const nominations = new Nominations();
  nominations.set({ uid: 'u', key: 'default/u', node: 'n', load, priority: 5 });
  const refused = (uid: string, priority: number) => nominations.refuse({ uid, priority, load }, room)?.reasons;
  assert.deepEqual(refused('other', 5), ['Insufficient cpu']);
  assert.deepEqual(refused('other', 4), ['Insufficient cpu']);
  assert.equal(refused('other', 6), undefined);
  assert.equal(refused('u', 5), undefined);
  nominations.delete('u');
  assert.equal(refused('other', 4), undefined);
  assert.equal(room.requested.cpu, 0);
});
