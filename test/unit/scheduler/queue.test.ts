/** In which order Pods are tried, and when those that found nothing are tried again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SchedulingQueue } from '../../../hub/scheduler/queue.ts';
import { WaitingPods } from '../../../hub/scheduler/waiting.ts';
import { manualClock } from '../../support/manual-clock.ts';

function drained(queue: SchedulingQueue): string[] {
  const keys: string[] = [];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) keys.push(key);
  return keys;
}

test('higher priority comes first, among equals who came first', () => {
  const queue = new SchedulingQueue();
  queue.add('a', 0);
  queue.add('b', 10);
  queue.add('c', 0);
  queue.add('d', 10);
  queue.add('a', 0);
  assert.equal(queue.size, 4);
  assert.deepEqual(drained(queue), ['b', 'd', 'a', 'c']);
});

test('a key that is removed or moved is not tried in its old place', () => {
  const queue = new SchedulingQueue();
  queue.add('a', 5);
  queue.add('b', 5);
  queue.remove('a');
  queue.add('b', 1);
  queue.add('c', 3);
  assert.deepEqual(drained(queue), ['c', 'b']);
  assert.equal(queue.size, 0);
});

test('a sleeping Pod sets no timer until something happens, and then backs off', () => {
  const clock = manualClock();
  const woken: string[] = [];
  const waiting = new WaitingPods(clock, (key) => woken.push(key));
  waiting.sleep('a', 0);
  assert.equal(clock.pending, 0);
  waiting.retryAll();
  clock.advance(500);
  assert.deepEqual(woken, [], 'not before a second has passed');
  clock.advance(600);
  assert.deepEqual(woken, ['a']);
  waiting.sleep('a', 0);
  waiting.retryAll();
  clock.advance(1500);
  assert.deepEqual(woken, ['a'], 'the second time it waits twice as long');
  clock.advance(600);
  assert.deepEqual(woken, ['a', 'a']);
  assert.equal(clock.pending, 0);
});

test('a Pod that was changed is tried at once, one that is gone never', () => {
  const woken: string[] = [];
  const clock = manualClock();
  const waiting = new WaitingPods(clock, (key) => woken.push(key));
  waiting.sleep('a', 0);
  waiting.sleep('b', 0);
  waiting.retryAll();
  waiting.retry('a');
  waiting.forget('b');
  clock.advance(20_000);
  assert.deepEqual(woken, ['a']);
});
