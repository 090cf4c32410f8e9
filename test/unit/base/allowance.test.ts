/** Buckets that fill up slowly: who may go on, and who has to wait. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressFailures } from '../../../hub/base/address-failures.ts';
import { Allowance } from '../../../hub/base/allowance.ts';
import { manualClock } from '../../support/manual-clock.ts';

describe('an allowance', () => {
  it('gives a burst at once, then one each interval, never more than the burst', async () => {
    const clock = manualClock();
    const allowance = new Allowance({ burst: 2, refill: 100, clock });
    const taken = (): number => [1, 2, 3].filter(() => allowance.take('a')).length;
    assert.equal(taken(), 2);
    clock.advance(99);
    assert.equal(taken(), 0);
    clock.advance(1);
    assert.equal(taken(), 1);
    clock.advance(100_000);
    assert.equal(taken(), 2);
  });

  it('counts each key for itself and forgets the one used longest ago', () => {
    const allowance = new Allowance({ burst: 1, refill: 1000, clock: manualClock(), remembered: 2 });
    assert.deepEqual(
      ['a', 'b', 'a', 'c', 'a', 'b'].map((key) => allowance.take(key)),
      [true, true, false, true, true, true],
    );
  });

  it('remembers only those that are not full', () => {
    const clock = manualClock();
    const allowance = new Allowance({ burst: 2, refill: 1000, clock });
    for (let at = 0; at < 1000; at++) {
      clock.advance(100);
      allowance.take(`key ${at}`);
    }
    assert.equal(allowance.size, 10);
  });
});

describe('failures by address', () => {
  it('are those of the whole /64 of an IPv6 device, and of an IPv4 address however it is written', () => {
    const failures = new AddressFailures({ burst: 1, refill: 1000, clock: manualClock() });
    failures.failed('2001:db8:1:2::5');
    failures.failed('::ffff:10.0.0.1');
    assert.equal(failures.allows('2001:db8:1:2:9::1'), false);
    assert.equal(failures.allows('2001:db8:1:3::5'), true);
    assert.equal(failures.allows('10.0.0.1'), false);
  });
});
