/** Which images a node removes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imageGarbage, type ImageGarbageInput, type ImageUse } from '../../../agent/garbage/image-garbage.ts';
import { nodeImages } from '../../../agent/garbage/node-images.ts';
import type { ImageObservation } from '../../../agent/runtime/image.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 1);

const image = (id: string, size = 10, more: Partial<ImageObservation> = {}): ImageObservation => ({
  ...{ id, size, tags: [`registry/${id}:1`], digests: [`registry/${id}@sha256:${id}`], user: {}, pinned: false },
  ...more,
});

const used = (minutesAgo: number): ImageUse => ({ firstSeen: now - 100 * minute, lastUsed: now - minutesAgo * minute });

const of = (more: Partial<ImageGarbageInput>): string[] =>
  imageGarbage({ ...base, ...more }).remove.map(({ id }) => id);

const base: ImageGarbageInput = {
  images: [image('a'), image('b'), image('c')],
  uses: new Map([
    ['a', used(5)],
    ['b', used(30)],
    ['c', used(10)],
  ]),
  inUse: new Set(),
  disk: { capacity: 100, available: 50 },
  all: false,
  high: 85,
  low: 80,
  minimumAge: 2 * minute,
  maximumAge: 0,
  now,
};

describe('images', () => {
  it('stay while their disk has room', () => {
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ disk: undefined }), []);
  });

  it('go when it has none, the least recently used first, down to the low threshold', () => {
    assert.deepEqual(of({ disk: { capacity: 100, available: 15 } }), ['b']);
    assert.deepEqual(of({ disk: { capacity: 100, available: 5 } }), ['b', 'c']);
  });

  it('stay when a container is made from them, when they are pinned, and when they are new', () => {
    const full = { disk: { capacity: 100, available: 0 } };
    assert.deepEqual(of({ ...full, inUse: new Set(['b']) }), ['c', 'a']);
    assert.deepEqual(of({ ...full, images: [image('a'), image('b', 10, { pinned: true })] }), ['a']);
    assert.deepEqual(of({ ...full, uses: new Map([['a', used(5)]]) }), ['a']);
  });

  it('go when they were unused for too long, whatever the disk has', () => {
    assert.deepEqual(of({ maximumAge: 20 * minute }), ['b']);
  });

  it('all go when everything nobody uses is to go', () => {
    assert.deepEqual(of({ all: true, inUse: new Set(['a']) }), ['b', 'c']);
  });

  it('that are too few leave something missing, which is told', () => {
    assert.equal(imageGarbage({ ...base, images: [image('a')], disk: { capacity: 100, available: 0 } }).missing, 10);
  });

  it('show in the status of the node: the largest first, digests before tags, fifty at most', () => {
    const many = Array.from({ length: 60 }, (_, index) => image(`i${index}`, index));
    const shown = nodeImages([...many, image('nameless', 1000, { tags: [], digests: [] })]);
    assert.equal(shown.length, 50);
    assert.deepEqual(shown[0], { names: ['registry/i59@sha256:i59', 'registry/i59:1'], sizeBytes: 59 });
  });
});
