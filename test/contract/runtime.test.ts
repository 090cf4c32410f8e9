/** The contract of Runtime, over host processes, over the fake and over a real containerd. */
import assert from 'node:assert/strict';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { ContainerConfig, ContainerObservation } from '../../agent/runtime/container.ts';
import { createProcessRuntime } from '../../agent/runtime/process/process.ts';
import type { Runtime } from '../../agent/runtime/runtime.ts';
import type { PodIdentity, SandboxConfig } from '../../agent/runtime/sandbox.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { noContainers } from '../support/cluster/available.ts';
import { type LoneContainerd, startLoneContainerd } from '../support/cluster/lone-containerd.ts';
import { criAgent } from '../support/cri-agent.ts';
import { eventually } from '../support/eventually.ts';
import { FakeRuntime, type Script } from '../support/fake-runtime.ts';
import { anyPod, containerFor, sandboxFor } from '../support/runtime-objects.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A runtime, and what its sandboxes and containers need beside what all have. */
interface Subject {
  readonly runtime: Runtime;
  readonly sandbox?: Partial<SandboxConfig>;
  readonly container?: Partial<ContainerConfig>;
}

/** Ends at once when it is asked to; the first process of a container must say so itself. */
const obedient = "trap 'exit 143' TERM; echo ready; sleep 1000 & wait";
/** Does not end when it is asked to. */
const deaf = "trap '' TERM; echo ready; while :; do sleep 1; done";

/** What the fake does where the processes run these commands. */
const scripts: Record<string, Script> = {
  'exit 3': { exitAfter: 20, exitCode: 3 },
  'sleep 1000': {},
  [obedient]: {},
  [deaf]: { stopAfter: 60_000 },
};

async function processes(test: TestContext): Promise<Subject> {
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
    await removeAll(runtime);
    for (const controller of ['', 'cpu', 'memory'])
      await rmdir(join('/sys/fs/cgroup', controller, cgroup)).catch(() => {});
  });
  return { runtime };
}

async function fake(): Promise<Subject> {
  return {
    runtime: new FakeRuntime({ clock: systemClock, script: (config) => scripts[config.command[2] ?? ''] ?? {} }),
  };
}

let lone: LoneContainerd | undefined;

/** An agent of its own for each test, all on one containerd. */
async function containers(test: TestContext): Promise<Subject> {
  assert.ok(lone !== undefined);
  const { runtime } = await criAgent(test, lone);
  const image = await lone.image('busybox');
  await runtime.images.pull(image, [], new AbortController().signal);
  return { runtime, sandbox: { host: { network: true, pid: false, ipc: false } }, container: { image } };
}

async function removeAll(runtime: Runtime): Promise<void> {
  for (const sandbox of (await runtime.list()).sandboxes) await runtime.removeSandbox(sandbox.uid);
  await runtime.stop();
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

for (const [name, make] of Object.entries({ processes, fake, containers })) {
  const real = name === 'containers';
  describe(`a runtime of ${name}`, { skip: real && noContainers }, () => {
    before(async () => {
      if (real) lone = await startLoneContainerd();
    });
    after(() => (real ? lone?.stop() : undefined));

    /** A fresh runtime with a Pod that has a sandbox, and how its containers are made. */
    async function setUp(test: TestContext): Promise<{
      runtime: Runtime;
      owner: PodIdentity;
      sandbox: SandboxConfig;
      container(script: string): ContainerConfig;
    }> {
      const subject = await make(test);
      const owner = anyPod();
      const sandbox = sandboxFor(owner, subject.sandbox);
      await subject.runtime.ensureSandbox(sandbox);
      return {
        runtime: subject.runtime,
        owner,
        sandbox,
        container: (script) => containerFor(owner, script, subject.container),
      };
    }

    it('ends the sandbox of a finished Pod and keeps what its containers left', async (test) => {
      const { runtime, owner, container } = await setUp(test);
      const config = container('exit 3');
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
      const { runtime, owner, sandbox: wanted } = await setUp(test);
      await runtime.ensureSandbox(wanted);
      const [sandbox, ...more] = (await runtime.list(owner.uid)).sandboxes;
      assert.equal(more.length, 0);
      assert.deepEqual([sandbox?.ready, sandbox?.addresses], [true, ['192.0.2.1']]);
      await runtime.removeSandbox(owner.uid);
      await runtime.removeSandbox(owner.uid);
      assert.deepEqual(await runtime.list(owner.uid), { sandboxes: [], containers: [] });
    });

    it('runs a container until it exits and tells its code', async (test) => {
      const { runtime, owner, container } = await setUp(test);
      const heard: string[] = [];
      runtime.subscribe((uid) => heard.push(uid));
      const config = container('exit 3');
      await runtime.startContainer(config);
      const found = await exited(runtime, config.id);
      assert.deepEqual([found.exitCode, found.reason, found.attempt, found.pod], [3, 'Error', 0, owner]);
      assert.ok((found.startedAt ?? 0) <= (found.finishedAt ?? 0));
      assert.ok(heard.includes(owner.uid));
    });

    it('does nothing when a container is started a second time', async (test) => {
      const { runtime, owner, container } = await setUp(test);
      const config = container('sleep 1000');
      await runtime.startContainer(config);
      await runtime.startContainer(config);
      assert.equal((await runtime.list(owner.uid)).containers.length, 1);
      await runtime.stopContainer(config.id, 0);
      await runtime.startContainer(config);
      assert.equal((await state(runtime, config.id))?.state, 'exited');
    });

    it('asks a container to stop within its grace', async (test) => {
      const { runtime, container } = await setUp(test);
      const config = container(obedient);
      await runtime.startContainer(config);
      await listening(runtime, config.id);
      await runtime.stopContainer(config.id, 30);
      assert.equal((await state(runtime, config.id))?.exitCode, 143);
      await runtime.stopContainer(config.id, 30);
    });

    it('kills a container that does not listen when its grace is over', async (test) => {
      const { runtime, container } = await setUp(test);
      const config = container(deaf);
      await runtime.startContainer(config);
      await listening(runtime, config.id);
      await runtime.stopContainer(config.id, 0.2);
      assert.equal((await state(runtime, config.id))?.exitCode, 137);
    });

    it('lets a later stop shorten the grace', async (test) => {
      const { runtime, container } = await setUp(test);
      const config = container(deaf);
      await runtime.startContainer(config);
      const slow = runtime.stopContainer(config.id, 600);
      await runtime.stopContainer(config.id, 0);
      await slow;
      assert.equal((await state(runtime, config.id))?.state, 'exited');
    });

    it('forgets a removed container and removes running ones with their sandbox', async (test) => {
      const { runtime, owner, container } = await setUp(test);
      const first = container('exit 3');
      await runtime.startContainer(first);
      await exited(runtime, first.id);
      await runtime.removeContainer(first.id);
      await runtime.removeContainer(first.id);
      assert.equal(await state(runtime, first.id), undefined);
      await runtime.startContainer(container('sleep 1000'));
      await runtime.removeSandbox(owner.uid);
      assert.deepEqual(await runtime.list(), { sandboxes: [], containers: [] });
    });

    it('measures only what runs', async (test) => {
      const { runtime, container } = await setUp(test);
      const config = container('sleep 1000');
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
