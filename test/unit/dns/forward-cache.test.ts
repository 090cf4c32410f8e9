/** The cache of forwarded answers keeps within its bounds, and forgets what was not asked for the longest. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ForwardCache } from '../../../agent/dns/forward-cache.ts';
import type { Forwarded } from '../../../agent/dns/wire/forwarded.ts';
import { manualClock } from '../../support/manual-clock.ts';

const forwarded = (size: number, ttl = 20): Forwarded => ({
  ...{ rcode: 0, truncated: false, bytes: Buffer.alloc(size), answers: 0, authority: 0, ends: [], ttls: [], ttl },
});

it('has at most so many entries and bytes, whatever is put into it', () => {
  const cache = new ForwardCache(manualClock(), { entries: 100, bytes: 50_000 });
  for (let at = 0; at < 5000; at++) {
    cache.put(`name-${at}`, forwarded((at * 97) % 4000));
    assert.ok(cache.size.entries <= 100 && cache.size.bytes <= 50_000);
  }
  cache.put('name-4999', forwarded(10));
  cache.clear();
  assert.deepEqual(cache.size, { entries: 0, bytes: 0 });
});

it('drops what was not asked for the longest', () => {
  const cache = new ForwardCache(manualClock(), { entries: 2, bytes: 50_000 });
  cache.put('one', forwarded(10));
  cache.put('two', forwarded(10));
  assert.ok(cache.fresh('one'));
  cache.put('three', forwarded(10));
  assert.deepEqual(
    ['one', 'two', 'three'].map((key) => cache.fresh(key) !== undefined),
    [true, false, true],
  );
});

it('knows an old answer for ten minutes, and keeps none that is not to be kept', () => {
  const clock = manualClock();
  const cache = new ForwardCache(clock);
  cache.put('old', forwarded(10));
  cache.put('never', forwarded(10, 0));
  clock.advance(20_001);
  assert.deepEqual([cache.fresh('old'), cache.stale('never')], [undefined, undefined]);
  assert.equal(cache.stale('old')?.ttl, 5);
  clock.advance(600_000);
  assert.equal(cache.stale('old'), undefined);
});
