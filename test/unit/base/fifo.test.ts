/** The queue that is taken from at the front: its order, and that it holds no more than what waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fifo } from '../../../hub/base/fifo.ts';

test('what came first is taken first, however far the queue has grown', () => {
  const queue = new Fifo<number>();
  let next = 0;
  let expected = 0;
  for (let round = 0; round < 5000; round += 1) {
    for (let count = 0; count < 3; count += 1) queue.push(next++);
    for (let count = 0; count < 2; count += 1) assert.equal(queue.take(), expected++);
  }
  assert.equal(queue.size, 5000);
  while (queue.size > 0) assert.equal(queue.take(), expected++);
  assert.equal(expected, next);
  assert.equal(queue.take(), undefined);
});

test('a queue that never runs empty does not grow', () => {
  const queue = new Fifo<string>();
  for (let index = 0; index < 10; index += 1) queue.push('x');
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 8_000_000; index += 1) {
    queue.push('x');
    queue.take();
  }
  const grown = process.memoryUsage().heapUsed - before;
  // the places of all that went through it would be 32 to 64 MB
  assert.ok(grown < 16_000_000, `${grown} bytes more`);
  assert.equal(queue.size, 10);
});
