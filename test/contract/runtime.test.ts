/** The contract of Runtime, over host processes and over the fake. */
import assert from 'node:assert/strict';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createProcessRuntime } from '../../agent/runtime/process.ts';
import type { ContainerObservation } from '../../agent/runtime/container.ts';
import type { Runtime } from '../../agent/runtime/runtime.ts';
import type { PodIdentity } from '../../agent/runtime/sandbox.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { eventually } from '../support/eventually.ts';
import { FakeRuntime, type Script } from '../support/fake-runtime.ts';
import { anyPod, containerFor, sandboxFor } from '../support/runtime-objects.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What the fake does where the processes run these commands. */
const scripts: Record<string, Script> = {
  'exit 3': { exitAfter: 20, exitCode: 3 },
  'sleep 1000': {},
  "trap '' TERM; echo ready; while :; do sleep 1; done": { stopAfter: 60_000 },
};

async function processes(test: TestContext): Promise<Runtime> {
  const cgroup = `coracle-test-${process.pid}`;
  const runtime = createProcessRuntime({
    dir: tempDir(test),
    version: '1.0.0',
    boot: 'boot-1',
    addresses: () => ['192.0.2.1'],
    clock: systemClock,
    log: silentLog,
    cgroup,
  });
  await runtime.start();
  test.after(async () => {
    for (const sandbox of (await runtime.list()).sandboxes) await runtime.removeSandbox(sandbox.uid);
    await runtime.stop();
    for (const controller of ['', 'cpu', 'memory'])
      await rmdir(join('/sys/fs/cgroup', controller, cgroup)).catch(() => {});
  });
  return runtime;
}

async function fake(): Promise<Runtime> {
  return new FakeRuntime({ clock: systemClock, script: (config) => scripts[config.command[2] ?? ''] ?? {} });
}

const pod = anyPod;
const container = containerFor;

async function sandboxed(runtime: Runtime): Promise<PodIdentity> {
  const owner = pod();
  await runtime.ensureSandbox(sandboxFor(owner));
  return owner;
}

const state = async (runtime: Runtime, id: string): Promise<ContainerObservation | undefined> =>
  (await runtime.list()).containers.find((found) => found.id === id);

/** Waits until a script has said that its traps are set; the fake needs no time for that. */
async function listening(runtime: Runtime, id: string): Promise<void> {
  const log = runtime.log(id);
  if (log === undefined) return;
  for await (const piece of log.read({ timestamps: false, follow: true }, new AbortController().signal))
    if (piece.includes('ready')) return;
}

const exited = (runtime: Runtime, id: string): Promise<ContainerObservation> =>
  eventually('the container to exit', async () => {
    const found = await state(runtime, id);
    return found?.state === 'exited' ? found : undefined;
  });

for (const [name, make] of Object.entries({ processes, fake })) {
  describe(`a runtime of ${name}`, () => {
    it('ends the sandbox of a finished Pod and keeps what its containers left', async (test) => {
      const runtime = await make(test);
      const owner = await sandboxed(runtime);
      const config = container(owner, 'exit 3');
      await runtime.startContainer(config);
      await eventually('exit', async () => (await state(runtime, config.id))?.state === 'exited');
      await runtime.stopSandbox(owner.uid);
      await runtime.stopSandbox(owner.uid);
      const { sandboxes, containers } = await runtime.list(owner.uid);
      assert.deepEqual(
        sandboxes.map(({ ready }) => ready),
        [false],
      );
      assert.deepEqual(
        containers.map(({ id }) => id),
        [config.id],
      );
    });

    it('makes a sandbox once and removes it', async (test) => {
      const runtime = await make(test);
      const owner = await sandboxed(runtime);
      await runtime.ensureSandbox(sandboxFor(owner));
      const [sandbox, ...more] = (await runtime.list(owner.uid)).sandboxes;
      assert.equal(more.length, 0);
      assert.deepEqual([sandbox?.ready, sandbox?.addresses], [true, ['192.0.2.1']]);
      await runtime.removeSandbox(owner.uid);
      await runtime.removeSandbox(owner.uid);
      assert.deepEqual(await runtime.list(owner.uid), { sandboxes: [], containers: [] });
    });

    it('runs a container until it exits and tells its code', async (test) => {
      const runtime = await make(test);
      const owner = await sandboxed(runtime);
      const heard: string[] = [];
      runtime.subscribe((uid) => heard.push(uid));
      const config = container(owner, 'exit 3');
      await runtime.startContainer(config);
      const found = await exited(runtime, config.id);
      assert.deepEqual([found.exitCode, found.reason, found.attempt, found.pod], [3, 'Error', 0, owner]);
      assert.ok((found.startedAt ?? 0) <= (found.finishedAt ?? 0));
      assert.ok(heard.includes(owner.uid));
    });

    it('does nothing when a container is started a second time', async (test) => {
      const runtime = await make(test);
      const owner = await sandboxed(runtime);
      const config = container(owner, 'sleep 1000');
      await runtime.startContainer(config);
      await runtime.startContainer(config);
      assert.equal((await runtime.list(owner.uid)).containers.length, 1);
      await runtime.stopContainer(config.id, 0);
      await runtime.startContainer(config);
      assert.equal((await state(runtime, config.id))?.state, 'exited');
    });

    it('asks a container to stop within its grace', async (test) => {
      const runtime = await make(test);
      const config = container(await sandboxed(runtime), 'sleep 1000');
      await runtime.startContainer(config);
      await runtime.stopContainer(config.id, 30);
      assert.equal((await state(runtime, config.id))?.exitCode, 143);
      await runtime.stopContainer(config.id, 30);
    });

    it('kills a container that does not listen when its grace is over', async (test) => {
      const runtime = await make(test);
      const config = container(await sandboxed(runtime), "trap '' TERM; echo ready; while :; do sleep 1; done");
      await runtime.startContainer(config);
      await listening(runtime, config.id);
      await runtime.stopContainer(config.id, 0.2);
      assert.equal((await state(runtime, config.id))?.exitCode, 137);
    });

    it('lets a later stop shorten the grace', async (test) => {
      const runtime = await make(test);
      const config = container(await sandboxed(runtime), "trap '' TERM; echo ready; while :; do sleep 1; done");
      await runtime.startContainer(config);
      const slow = runtime.stopContainer(config.id, 600);
      await runtime.stopContainer(config.id, 0);
      await slow;
      assert.equal((await state(runtime, config.id))?.state, 'exited');
    });

    it('forgets a removed container and removes running ones with their sandbox', async (test) => {
      const runtime = await make(test);
      const owner = await sandboxed(runtime);
      const first = container(owner, 'exit 3');
      await runtime.startContainer(first);
      await exited(runtime, first.id);
      await runtime.removeContainer(first.id);
      await runtime.removeContainer(first.id);
      assert.equal(await state(runtime, first.id), undefined);
      await runtime.startContainer(container(owner, 'sleep 1000'));
      await runtime.removeSandbox(owner.uid);
      assert.deepEqual(await runtime.list(), { sandboxes: [], containers: [] });
    });

    it('measures only what runs', async (test) => {
      const runtime = await make(test);
      const config = container(await sandboxed(runtime), 'sleep 1000');
      await runtime.startContainer(config);
      const usage = await eventually('usage', async () =>
        (await runtime.stats()).find((found) => found.id === config.id),
      );
      assert.equal(usage.name, 'main');
      await runtime.stopContainer(config.id, 0);
      assert.deepEqual(await runtime.stats(), []);
    });
  });
}
