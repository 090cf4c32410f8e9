/** Ranges of addresses of both families, compared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseClashes } from '../../../hub/base/range-clashes.ts';
import { clashing, covers, overlap, parseRange, type Range } from '../../../hub/base/ranges.ts';

const range = (text: string): Range => {
  const parsed = parseRange(text);
  assert.ok(parsed, text);
  return parsed;
};

test('what is a range, and what is not', () => {
  assert.deepEqual(range('10.32.7.9/16'), { family: 4, first: 0x0a20_0000n, bits: 16 });
  assert.deepEqual(range('0.0.0.0/0'), { family: 4, first: 0n, bits: 0 });
  assert.equal(range('192.0.2.1').bits, 32);
  assert.equal(range('2001:db8::1').first, 0x2001_0db8_0000_0000_0000_0000_0000_0001n);
  assert.equal(range('::ffff:192.0.2.1').first, 0xffff_c000_0201n);
  for (const text of ['', 'here', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1'])
    assert.equal(parseRange(text), undefined, text);
});

test('which holds which', () => {
  assert.ok(covers(range('10.32.0.0/11'), range('10.63.255.0/24')));
  assert.ok(!covers(range('10.32.0.0/11'), range('10.64.0.0/24')));
  assert.ok(!covers(range('10.32.4.0/24'), range('10.32.0.0/11')));
  assert.ok(overlap(range('10.32.4.0/24'), range('10.32.0.0/11')));
  assert.ok(!covers(range('0.0.0.0/0'), range('::/64')));
  assert.ok(covers(range('2001:db8::/32'), range('2001:db8:7::/64')));
});

test('a clash is a route within, or a network of the machine around', () => {
  const pods = range('10.32.0.0/11');
  const route = (text: string, direct: boolean) => [{ range: text, device: 'eth0', direct }];
  assert.ok(clashing(pods, route('10.40.0.0/16', false)));
  assert.ok(clashing(pods, route('10.0.0.0/8', true)));
  assert.equal(clashing(pods, route('10.0.0.0/8', false)), undefined);
  assert.equal(clashing(pods, route('192.168.0.0/16', true)), undefined);
});

test('a hub refuses ranges that are in use, by the name of the setting', () => {
  const settings = { clusterCidr: '10.32.0.0/11', serviceCidr: '10.152.0.0/16' };
  refuseClashes(settings, [{ range: '192.168.0.0/24', device: 'eth0', direct: true }]);
  const docker = [{ range: '10.152.7.0/24', device: 'docker0', direct: true }];
  assert.throws(
    () => refuseClashes(settings, docker),
    /^Error: serviceCidr 10\.152\.0\.0\/16 is in use on this machine \(route 10\.152\.7\.0\/24 on docker0\)/,
  );
  assert.throws(() => refuseClashes({ ...settings, serviceCidr: '10.40.0.0/16' }, []), /overlap/);
});
