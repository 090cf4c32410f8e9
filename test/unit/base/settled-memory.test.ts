import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { giveBackMemory } from '../../../hub/base/settled-memory.ts';

it('garbage of the start does not stay', () => {
  let held: object[] | undefined = Array.from({ length: 200_000 }, (_, at) => ({ at }));
  assert.ok(held.length > 0);
  const before = getHeapStatistics().used_heap_size;
  held = undefined;
  assert.equal(giveBackMemory(), true);
  assert.ok(getHeapStatistics().used_heap_size < before - 4_000_000);
});
