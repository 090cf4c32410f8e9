/** The receiver says `synced` once, when all of the hub's answer is on disk: Pods nobody named may end from then on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Receiver } from '../../../agent/link/receiver.ts';
import type { HeldChange } from '../../../agent/state/held.ts';
import type { ObjectsMessage } from '../../../hub/api/link.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { podObject } from '../../support/objects.ts';

function receiver(apply: (change: HeldChange) => Promise<void> = async () => {}) {
  const told: string[] = [];
  const made = new Receiver({
    held: { versions: () => ({}) },
    handlers: {
      async objects(change) {
        await apply(change);
        told.push(`objects ${change.upserts.map(({ metadata }) => metadata.name)}`);
      },
    },
    outbox: { acknowledge: () => {}, restate: () => {} },
    hub: () => {
      throw new Error('nothing is fetched');
    },
    clock: manualClock(),
    log: silentLog,
    random: () => 0,
    sync: () => {},
    lost: () => told.push('lost'),
    synced: () => told.push('synced'),
  });
  made.begin('e.1');
  return { receiver: made, told };
}

const message = (sequence: number, rest: Partial<ObjectsMessage> = {}): ObjectsMessage => ({
  epoch: 'e.1',
  sequence,
  upserts: [],
  deletions: [],
  ...rest,
});

test('an answer without a difference counts as an answer', async () => {
  const { receiver: one, told } = receiver();
  await one.objects(message(1));
  assert.deepEqual(told, ['synced']);
});

test('an answer in several messages is whole with the last of them', async () => {
  const { receiver: one, told } = receiver();
  await one.objects(message(1, { upserts: [podObject('a')], more: true }));
  await one.objects(message(2, { upserts: [podObject('b')], more: true }));
  assert.deepEqual(told, ['objects a', 'objects b']);
  await one.objects(message(3, { upserts: [podObject('c')] }));
  await one.objects(message(4, { upserts: [podObject('d')] }));
  assert.deepEqual(told, ['objects a', 'objects b', 'objects c', 'synced', 'objects d']);
});

test('what could not be kept on disk is not an answer', async () => {
  const { receiver: one, told } = receiver(() => Promise.reject(new Error('the disk is full')));
  await one.objects(message(1, { upserts: [podObject('a')] }));
  assert.deepEqual(told, ['lost']);
});

test('each session is answered anew', async () => {
  const { receiver: one, told } = receiver();
  await one.objects(message(1));
  one.pause();
  one.begin('e.2');
  await one.objects({ ...message(1), epoch: 'e.2' });
  assert.deepEqual(told, ['synced', 'synced']);
});
