import assert from 'node:assert/strict';
import { it } from 'node:test';
import { onceIdle, workMeter } from '../../../hub/base/idle.ts';
import { manualClock } from '../../support/manual-clock.ts';

it('what waits for idleness runs once, after ten seconds without much work, whatever starting took', () => {
  const clock = manualClock();
  const work = [0.9, 0.6, 0.11, 0.04, 0.9];
  let runs = 0;
  onceIdle(
    clock,
    () => work.shift() ?? 0,
    () => {
      runs += 1;
    },
  );
  const seen = [5_000, 10_000, 10_000, 10_000, 60_000].map((milliseconds) => {
    clock.advance(milliseconds);
    return runs;
  });
  assert.deepEqual(seen, [0, 0, 0, 1, 1]);
  assert.equal(clock.pending, 0);
});

it('a meter tells of the time since it was last asked', async () => {
  const worked = workMeter();
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + 30;
  while (performance.now() < until);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(worked() > 0.5);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.ok(worked() < 0.5);
});
