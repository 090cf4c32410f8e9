/** Ending what an agent that is gone has left running. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { endAllPods } from '../../../agent/pods/end-all.ts';
import type { ContainerConfig } from '../../../agent/runtime/container.ts';
import type { SandboxConfig } from '../../../agent/runtime/sandbox.ts';
import { FakeRuntime } from '../../support/fake-runtime.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

/** Pods of one container each, that needs `stopAfter` milliseconds to end. */
async function running(clock: ManualClock, names: readonly string[], stopAfter: number): Promise<FakeRuntime> {
  const runtime = new FakeRuntime({ clock, script: () => ({ stopAfter }) });
  for (const name of names) {
    const pod = { uid: `uid-${name}`, namespace: 'shop', name };
    await runtime.ensureSandbox(pod as SandboxConfig);
    await runtime.startContainer({ id: name, pod, name: 'main', attempt: 0, image: 'i' } as unknown as ContainerConfig);
  }
  return runtime;
}

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000);
    for (let at = 0; at < 5; at++) await turn();
  }
}

/** Uids that nothing is to be left of. */
let forgotten: ReadonlySet<string> | undefined;
const forget = async (uids: ReadonlySet<string>): Promise<void> => {
  forgotten = uids;
};

describe('ending all Pods', () => {
  it('gives each its grace, and then nothing of it is left', async () => {
    const clock = manualClock();
    const runtime = await running(clock, ['a', 'b'], 10_000);
    const grace = (uid: string): number => (uid === 'uid-a' ? 30 : 2);
    const ending = endAllPods({ runtime, grace, forget, patience: 60_000, clock });
    await pass(clock, 3);
    assert.deepEqual(
      (await runtime.list()).sandboxes.map(({ name }) => name),
      ['a'],
    );
    await pass(clock, 8);
    assert.equal(await ending, 2);
    assert.deepEqual(forgotten, new Set(['uid-a', 'uid-b']));
    assert.deepEqual(await runtime.list(), { sandboxes: [], containers: [] });
  });

  it('says after its time what is waited for, of whom', async () => {
    const clock = manualClock();
    const runtime = await running(clock, ['a', 'b'], 0);
    const { stopSandbox } = runtime;
    runtime.stopSandbox = (uid) => (uid === 'uid-b' ? new Promise<void>(() => {}) : stopSandbox.call(runtime, uid));
    const ending = assert.rejects(endAllPods({ runtime, grace: () => 1, forget, patience: 60_000, clock }), {
      message: 'gave up after 60 s, waiting for the network of shop/b: try again',
    });
    await pass(clock, 60);
    await ending;
  });

  it('does not wait for ever for a runtime that does not say what there is', async () => {
    const clock = manualClock();
    const runtime = await running(clock, [], 0);
    runtime.list = () => new Promise(() => {});
    const ending = assert.rejects(endAllPods({ runtime, grace: () => 1, patience: 60_000, clock }), {
      message: 'gave up after 60 s, waiting for the container runtime to tell what there is: try again',
    });
    await pass(clock, 60);
    await ending;
  });
});
