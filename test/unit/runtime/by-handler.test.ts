/** Two runtimes as one: who gets a Pod, and who is asked for it afterwards. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRuntimeByHandler } from '../../../agent/runtime/by-handler.ts';
import { createProcessRuntime } from '../../../agent/runtime/process/process.ts';
import type { Runtime } from '../../../agent/runtime/runtime.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { FakeRuntime } from '../../support/fake-runtime.ts';
import { anyPod, containerFor, sandboxFor } from '../../support/runtime-objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

class Away extends FakeRuntime {
  override list(): Promise<never> {
    return Promise.reject(new Error('the runtime is away'));
  }
}

class Processes extends FakeRuntime {
  override readonly name = 'process';
  override isHostProcess(): boolean {
    return true;
  }
}

interface Both {
  readonly runtime: Runtime;
  readonly usual: FakeRuntime;
  readonly other: FakeRuntime;
}

function both(usual = new FakeRuntime({ clock: systemClock })): Both {
  const other = new Processes({ clock: systemClock });
  return { runtime: createRuntimeByHandler({ usual, others: { process: other } }), usual, other };
}

const sandbox = (handler: string) => ({ ...sandboxFor(anyPod()), handler });

describe('a runtime by handler', () => {
  it('gives each Pod to whom its handler names, and the rest to the usual one', async () => {
    const { runtime, usual, other } = both();
    for (const handler of ['', 'process', 'fake', 'kata']) await runtime.ensureSandbox(sandbox(handler));
    assert.deepEqual([(await usual.list()).sandboxes.length, (await other.list()).sandboxes.length], [3, 1]);
    assert.equal((await runtime.list()).sandboxes.length, 4);
    assert.deepEqual(
      [runtime.name, runtime.isHostProcess(''), runtime.isHostProcess('process')],
      ['fake', false, true],
    );
  });

  it('calls its own default handler by no name', async () => {
    const seen: string[] = [];
    class Listening extends FakeRuntime {
      override async ensureSandbox(config: Parameters<Runtime['ensureSandbox']>[0]): Promise<void> {
        seen.push(config.handler);
      }
    }
    const { runtime } = both(new Listening({ clock: systemClock }));
    for (const handler of ['', 'fake', 'kata']) await runtime.ensureSandbox(sandbox(handler));
    assert.deepEqual(seen, ['', '', 'kata']);
  });

  it('asks whoever holds a Pod or container, and hears of both', async () => {
    const { runtime, usual, other } = both();
    const heard: string[] = [];
    const end = runtime.subscribe((uid) => heard.push(uid));
    const pods = [sandbox(''), sandbox('process')];
    for (const [index, pod] of pods.entries()) {
      await runtime.ensureSandbox(pod);
      const config = containerFor(pod, 'sleep 1000');
      await runtime.startContainer(config);
      const holder = index === 0 ? usual : other;
      assert.equal((await holder.list(pod.uid)).containers.length, 1);
      assert.equal((await runtime.list(pod.uid)).containers.length, 1);
      await runtime.stopContainer(config.id, 0);
      assert.equal((await holder.list(pod.uid)).containers[0]?.state, 'exited');
      await runtime.removeContainer(config.id);
      await runtime.removeSandbox(pod.uid);
    }
    assert.deepEqual(new Set(heard), new Set(pods.map(({ uid }) => uid)));
    assert.deepEqual(await runtime.list(), { sandboxes: [], containers: [] });
    end();
  });

  it('goes on with host processes while the usual one is away', async () => {
    const { runtime } = both(new Away({ clock: systemClock }));
    const pod = sandbox('process');
    await runtime.ensureSandbox(pod);
    assert.equal((await runtime.list(pod.uid)).sandboxes.length, 1);
    await assert.rejects(runtime.list(), /the runtime is away/);
    await runtime.removeSandbox(pod.uid);
  });
});

describe('host processes', () => {
  it('are not had under the handler of another runtime', async (test) => {
    const runtime = createProcessRuntime({
      dir: tempDir(test),
      version: '1.0.0',
      boot: 'boot-1',
      addresses: () => [],
      clock: systemClock,
      log: silentLog,
      cgroup: false,
    });
    await runtime.start();
    test.after(() => runtime.stop());
    await assert.rejects(runtime.ensureSandbox(sandbox('containerd')), {
      reason: 'CreatePodSandboxError',
      message: 'Failed to create pod sandbox: failed to get sandbox runtime: no runtime for "containerd" is configured',
    });
    for (const handler of ['', 'process']) await runtime.ensureSandbox(sandbox(handler));
  });
});
