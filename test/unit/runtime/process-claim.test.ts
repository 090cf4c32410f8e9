/** The claim of a shim that is found half made: the shim is slow, or was killed there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { it, type TestContext } from 'node:test';
import { ProcessStore, type StoredContainer } from '../../../agent/runtime/process/record.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A container whose claim is an empty file; `slept` happens at every wait. */
async function halfClaimed(
  test: TestContext,
  slept: (claim: string) => void,
): Promise<{ store: ProcessStore; container: StoredContainer }> {
  const clock: Clock = {
    now: () => 0,
    after: () => () => {},
    sleep: async () => slept(container.files.claim),
  };
  const store = new ProcessStore(tempDir(test), clock);
  await store.prepare();
  const pod = { uid: 'u', namespace: 'default', name: 'p' };
  const record = { id: 'c', pod, name: 'main', attempt: 0, image: '', stopSignal: 'SIGTERM', boot: 'b', createdAt: 0 };
  const container = await store.addContainer(record);
  writeFileSync(container.files.claim, '');
  return { store, container };
}

it('is waited for, so that its command never runs beside another', async (test) => {
  let waits = 0;
  const { store, container } = await halfClaimed(test, (claim) => {
    waits += 1;
    if (waits === 200) writeFileSync(claim, '4711\n');
  });
  assert.equal(await store.shim(container), 4711);
});

it('is given up when nobody fills it', async (test) => {
  let waits = 0;
  const { store, container } = await halfClaimed(test, () => {
    waits += 1;
  });
  assert.equal(await store.shim(container), undefined);
  assert.equal(waits, 300);
});
