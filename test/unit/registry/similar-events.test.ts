/** Events that are alike but for their message. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimilarEvents } from '../../../hub/registry/similar-events.ts';

const minute = 60_000;

describe('similar events', () => {
  it('become one from the tenth message on', () => {
    const similar = new SimilarEvents();
    const joined = Array.from({ length: 12 }, (_, index) => similar.joins('failed', `pod ${index}`, index));
    assert.deepEqual(joined, [...new Array(9).fill(false), true, true, true]);
  });

  it('are counted by their messages, not by how often', () => {
    const similar = new SimilarEvents();
    for (let at = 0; at < 50; at += 1) assert.equal(similar.joins('failed', 'as always', at), false);
  });

  it('start anew after ten quiet minutes', () => {
    const similar = new SimilarEvents();
    for (let index = 0; index < 20; index += 1) similar.joins('failed', `pod ${index}`, 0);
    assert.equal(similar.joins('failed', 'pod 20', 10 * minute), true);
    assert.equal(similar.joins('failed', 'pod 21', 20 * minute + 1), false);
  });

  it('are of one kind only', () => {
    const similar = new SimilarEvents();
    for (let index = 0; index < 20; index += 1) similar.joins('failed', `pod ${index}`, 0);
    assert.equal(similar.joins('created', 'pod 1', 1), false);
  });
});
