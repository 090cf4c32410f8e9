/** The machine's own clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryObjects } from 'node:v8';
import { systemClock } from '../../../hub/base/clock.ts';

/** How many different lengths of time Node has a list of timers for. */
function lengths(): number {
  const timer = setTimeout(() => {}, 1000) as unknown as { _idlePrev: { constructor: new () => object } };
  const List = timer._idlePrev.constructor;
  clearTimeout(timer as unknown as NodeJS.Timeout);
  assert.equal(List.name, 'TimersList');
  return queryObjects(List, { format: 'count' }) as number;
}

test('a timer that is cancelled leaves nothing, however far its time was', () => {
  const before = lengths();
  for (let at = 0; at < 1000; at++) systemClock.after(86_400_000 + at, () => {})();
  assert.ok(lengths() - before < 10, `${lengths() - before} lists`);
});

test('a timer that is not cancelled does not keep the process', () => {
  const held = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
  const before = held();
  const cancel = systemClock.after(86_400_000, () => {});
  assert.equal(held(), before);
  cancel();
  assert.equal(held(), before);
});
