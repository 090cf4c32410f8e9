/** Ages as tables print them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageSince, humanDuration } from '../../../hub/api/duration.ts';

const second = 1000;
const hour = 3600 * second;

test('durations are told in at most two units', () => {
  const told: [number, string][] = [
    [0, '0s'],
    [119 * second, '119s'],
    [150 * second, '2m30s'],
    [600 * second, '10m'],
    [3 * hour, '3h'],
    [3.5 * hour, '3h30m'],
    [47 * hour, '47h'],
    [49 * hour, '2d1h'],
    [30 * 24 * hour, '30d'],
    [800 * 24 * hour, '2y70d'],
    [9 * 365 * 24 * hour, '9y'],
    [-5 * second, '<invalid>'],
  ];
  for (const [milliseconds, text] of told) assert.equal(humanDuration(milliseconds), text);
});

test('an age without a time is unknown', () => {
  assert.equal(ageSince(null, 0), '<unknown>');
  assert.equal(ageSince('1970-01-01T00:00:00Z', 5 * second), '5s');
});
