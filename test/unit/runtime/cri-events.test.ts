/** How the ends of containers become known, with a runtime that tells and with one that does not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type CriRuntime, createCriRuntime } from '../../../agent/runtime/cri/cri.ts';
import { containerLabels } from '../../../agent/runtime/cri/labels.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeCri, startFakeCri } from '../../support/fake-cri.ts';
import { anyPod } from '../../support/runtime-objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

const pod = anyPod();

/** A runtime that runs one container of ours, called `cri1` there and `id1` here. */
async function running(test: TestContext, how: { events: boolean }): Promise<{ fake: FakeCri; runtime: CriRuntime }> {
  const dir = tempDir(test);
  const endpoint = join(dir, 'socket');
  const fake = await startFakeCri(endpoint, how);
  const runtime = await createCriRuntime({
    ...{ endpoint, dir: join(dir, 'state'), podLogsDir: join(dir, 'logs'), cgroupRoot: join(dir, 'cgroup') },
    ...{ addresses: () => [], clock: systemClock, log: silentLog },
  });
  test.after(async () => {
    await runtime.stop();
    await fake.stop();
  });
  const agent = readFileSync(join(dir, 'state', 'instance'), 'utf8').trim();
  const labels = containerLabels(agent, { pod, name: 'main', id: 'id1' });
  fake.containers.set('cri1', { state: 'CONTAINER_RUNNING', labels });
  await runtime.start();
  return { fake, runtime };
}

const states = async (runtime: CriRuntime): Promise<string[]> =>
  (await runtime.list(pod.uid)).containers.map(({ state }) => state);

function end(fake: FakeCri, exitCode: number): void {
  const before = fake.containers.get('cri1');
  if (before !== undefined) fake.containers.set('cri1', { ...before, state: 'CONTAINER_EXITED', exitCode });
}

describe('the end of a container', () => {
  it("is known by the runtime's own events, also when they come before it can be seen", async (test) => {
    const { fake, runtime } = await running(test, { events: true });
    assert.deepEqual([runtime.name, runtime.version], ['fake', '1.2.3']);
    assert.deepEqual(await states(runtime), ['running']);
    const told: string[] = [];
    runtime.subscribe((uid) => told.push(uid));
    await eventually('somebody to listen', () => fake.listeners === 1);
    fake.announce('cri1', 'CONTAINER_STOPPED_EVENT');
    await eventually('a look', () => fake.calls.filter((name) => name === 'ContainerStatus').length > 2);
    assert.deepEqual(told, []);
    end(fake, 3);
    await eventually('its end', async () => (await states(runtime))[0] === 'exited');
    assert.deepEqual(told, [pod.uid]);
    assert.equal((await runtime.list(pod.uid)).containers[0]?.exitCode, 3);
  });

  it('is found by looking where a runtime has no events', async (test) => {
    const { fake, runtime } = await running(test, { events: false });
    assert.deepEqual(await states(runtime), ['running']);
    end(fake, 0);
    await eventually('its end', async () => (await states(runtime))[0] === 'exited');
    fake.containers.clear();
    await eventually('it to be gone', async () => (await states(runtime)).length === 0);
  });
});
