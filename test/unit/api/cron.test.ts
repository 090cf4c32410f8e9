/** Cron schedules: what is read, and what is wrong with the rest. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCron, readEvery, splitZone } from '../../../hub/api/cron.ts';

const wrong: readonly (readonly [string, string])[] = [
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['1-2-3/4 * * * *', 'too many hyphens: 1-2-3/4'],
  ['*/1/2 * * * *', 'too many slashes: */1/2'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@often', 'unrecognized descriptor: @often'],
  ['constructor', 'expected exactly 5 fields, found 1: [constructor]'],
];

describe('a cron schedule', () => {
  it('has lists, ranges, steps and names', () => {
    const fields = readCron('1,5-6 */12 * jan-MAR sun');
    assert.ok(typeof fields === 'object');
    assert.deepEqual([...fields.minute.allowed], [1, 5, 6]);
    assert.deepEqual([...fields.hour.allowed], [0, 12]);
    assert.deepEqual([...fields.month.allowed], [1, 2, 3]);
    assert.deepEqual([...fields.weekday.allowed], [0]);
    assert.deepEqual([fields.day.any, fields.hour.any], [true, false]);
  });

  it('goes on to the end from a single number with a step', () => {
    const fields = readCron('50/4 * * * *');
    assert.deepEqual(typeof fields === 'object' && [...fields.minute.allowed], [50, 54, 58]);
  });

  for (const [text, problem] of wrong) it(`is not ${text}`, () => assert.equal(readCron(text), problem));

  it('may be a distance, or begin with a time zone', () => {
    assert.equal(readEvery('@every 1h30m0.5s'), 5_400_500);
    assert.equal(readEvery('@every soon'), 'failed to parse duration @every soon');
    assert.equal(readEvery('@daily'), undefined);
    assert.deepEqual(splitZone('TZ=Europe/Berlin 0 9 * * *'), { zone: 'Europe/Berlin', rest: '0 9 * * *' });
  });
});
