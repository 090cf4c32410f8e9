/** Growth over rounds, as the churn of the binaries judges it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { growth, judge, type Sample } from '../../package/churn/growth.ts';

const bounds = { resident: 10, descriptors: 0, threads: 0, disk: 100 };
const held = (resident: number): Sample => ({ resident, descriptors: 20, threads: 11, disk: 5 });

describe('growth over rounds', () => {
  it('is nothing where nothing grows', () => assert.equal(growth([5, 5, 5, 5]), 0));
  it('is the whole span of a straight line', () => assert.equal(growth([1, 3, 5, 7]), 6));
  it('is little moved by one round that stands out', () => assert.equal(growth([5, 5, 90, 5, 5, 5]), 0));
  it('is nothing of one round, or none', () => assert.deepEqual([growth([7]), growth([])], [0, 0]));
});

describe('the verdict', () => {
  it('names what grew beyond its bound', () => {
    const samples = Array.from({ length: 10 }, (_, round) => held(100 + 2 * round));
    const beyond = judge(samples, bounds).filter(({ within }) => !within);
    assert.deepEqual(
      beyond.map(({ measure, growth: grown }) => [measure, grown]),
      [['resident', 18]],
    );
  });

  it('draws no line through a few rounds', () => {
    const [resident] = judge([held(1), held(50), held(99)], bounds);
    assert.deepEqual([resident?.growth, resident?.within], [98, true]);
  });
});
