/** What is held by small buffers that somebody keeps. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import packets from 'mqtt-packet';
import { keepSmallBuffersApart } from '../../../hub/base/small-buffers.ts';

test('a length of a packet that was never seen before holds bytes, not one of the pieces of 64 KiB', async () => {
  keepSmallBuffersApart();
  const lengths: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length === 2 && (chunk[0] ?? 0) > 127) lengths.push(chunk);
      done();
    },
  });
  const seen = 1000;
  for (let length = 0; length < seen; length++) {
    // a length from 128 on is two bytes of which the first says that there is another
    packets.writeToStream(
      { cmd: 'publish', topic: 't', payload: Buffer.alloc(200 + length), qos: 0, dup: false, retain: false },
      stream,
    );
    // what else is made meanwhile
    for (let other = 0; other < 4; other++) Buffer.from('x'.repeat(2000));
  }
  await new Promise<void>((resolve) => stream.end(resolve));
  assert.equal(lengths.length, seen);
  const pieces = new Set(lengths.map(({ buffer }) => buffer));
  const held = [...pieces].reduce((sum, { byteLength }) => sum + byteLength, 0);
  // the piece that was begun before counts once
  assert.ok(held <= 65_536 + seen * 512, `${held} bytes`);
});
