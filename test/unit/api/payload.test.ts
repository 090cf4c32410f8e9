/** Payloads survive the way there and back, and what does not fit is refused at the door. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { WireError } from '../../../hub/api/guard.ts';
import { reportCheck, sessionCheck, syncCheck } from '../../../hub/api/link-guards.ts';
import type { SessionMessage, SyncMessage } from '../../../hub/api/link.ts';
import { decode, encode } from '../../../hub/api/payload.ts';

test('a small message travels as readable JSON, a long one deflated', () => {
  const small: SessionMessage = { online: true, epoch: 'a.1', boot: 'b', version: '1' };
  assert.equal(encode(small).toString(), JSON.stringify(small));
  assert.deepEqual(decode(encode(small), sessionCheck), small);
  const held = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`pods/default/p${n}/uid-${n}`, `${n}`]));
  const long: SyncMessage = { epoch: 'a.1', held };
  const bytes = encode(long);
  assert.ok(bytes.length * 3 < JSON.stringify(long).length);
  assert.deepEqual(decode(bytes, syncCheck), long);
});

const refused: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['another first byte', Buffer.from('hello')],
  ['broken JSON', Buffer.from('{"online":')],
  ['a broken deflate stream', Buffer.from([1, 2, 3, 4])],
  ['a bomb', Buffer.concat([Buffer.from([1]), deflateRawSync(Buffer.alloc(64 * 1024 * 1024, 0x20))])],
  ['deep nesting', Buffer.from(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
  ['a missing field', Buffer.from('{"online":true,"epoch":"a","boot":"b"}')],
  ['a wrong type', Buffer.from('{"online":1,"epoch":"a","boot":"b","version":"1"}')],
  ['a string that is too long', encode({ online: true, epoch: 'x'.repeat(65), boot: 'b', version: '1' })],
];

for (const [name, payload] of refused) {
  test(`a session message that is ${name} is refused`, () => {
    assert.throws(() => decode(payload, sessionCheck), WireError);
  });
}

test('brackets inside of strings are not nesting', () => {
  const message: SessionMessage = { online: true, epoch: `\\"${'['.repeat(60)}`, boot: '', version: '' };
  assert.deepEqual(decode(encode(message), sessionCheck), message);
});

test('a status no client could decode is refused', () => {
  const report = (status: unknown) =>
    encode({ epoch: 'a', sequence: 1, pods: [{ namespace: 'a', name: 'b', uid: 'c', status }] });
  const container = { name: 'main', image: 'x', imageID: '', ready: true, restartCount: 0 };
  assert.doesNotThrow(() => decode(report({ phase: 'Running', containerStatuses: [container] }), reportCheck));
  assert.throws(() => decode(report({ phase: 'Dancing' }), reportCheck), /message\.pods\[0\]\.status\.phase/);
  assert.throws(() => decode(report({ containerStatuses: 'none' }), reportCheck), WireError);
  const counted = { containerStatuses: [{ ...container, restartCount: '1' }] };
  assert.throws(() => decode(report(counted), reportCheck), /restartCount/);
});
