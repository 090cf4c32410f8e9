/** A program is not asked at the very moment it starts, when it cannot answer and a Warning would say so each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstLook } from '../../../agent/pods/probing/first-look.ts';

const started = 1_000_000;

for (const kind of ['startup', 'liveness'] as const) {
  test(`a ${kind} probe looks at the end of a period`, () => {
    assert.equal(firstLook(kind, { periodSeconds: 3 }, started, started), 3000);
    assert.equal(firstLook(kind, {}, started, started), 10_000);
    assert.equal(firstLook(kind, { periodSeconds: 3 }, started, started + 20), 2980);
  });

  test(`a ${kind} probe looks at the first end of a period after its initial delay`, () => {
    assert.equal(firstLook(kind, { periodSeconds: 2, initialDelaySeconds: 5 }, started, started), 6000);
    assert.equal(firstLook(kind, { periodSeconds: 10, initialDelaySeconds: 1 }, started, started), 10_000);
    assert.equal(firstLook(kind, { periodSeconds: 1, initialDelaySeconds: 1 }, started, started), 1000);
  });

  test(`a ${kind} probe that begins late keeps to the periods of its container`, () => {
    assert.equal(firstLook(kind, { periodSeconds: 2 }, started, started + 6000), 2000);
    assert.equal(firstLook(kind, { periodSeconds: 2 }, started, started + 6500), 1500);
  });
}

test('a container is asked whether it is ready as soon as the initial delay is over', () => {
  assert.equal(firstLook('readiness', { periodSeconds: 10 }, started, started + 5), 0);
  assert.equal(firstLook('readiness', { initialDelaySeconds: 4 }, started, started + 1000), 3000);
});
