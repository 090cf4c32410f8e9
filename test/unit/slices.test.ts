/** Long work lets the event loop have its turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSlices } from '../../hub/base/slices.ts';

test('a short walk is done at once', () => {
  const seen: number[] = [];
  void inSlices([1, 2, 3], (item) => seen.push(item), { milliseconds: 60_000, stopped: () => false });
  assert.deepEqual(seen, [1, 2, 3]);
});

test('a long walk pauses after each slice, sees what comes meanwhile, and ends when it is stopped', async () => {
  const items = new Set([1, 2]);
  const seen: number[] = [];
  const all = inSlices(items, (item) => seen.push(item), { milliseconds: 0, stopped: () => false });
  assert.deepEqual(seen, [1]);
  items.add(3);
  await all;
  assert.deepEqual(seen, [1, 2, 3]);
  let stopped = false;
  const cut = inSlices(items, (item) => seen.push(item), { milliseconds: 0, stopped: () => stopped });
  stopped = true;
  await cut;
  assert.deepEqual(seen, [1, 2, 3, 1]);
});
