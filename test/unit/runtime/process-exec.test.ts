/** Commands in a container of the process runtime that has only begun. */
import assert from 'node:assert/strict';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createProcessRuntime } from '../../../agent/runtime/process/process.ts';
import { anyPod, containerFor, sandboxFor } from '../../support/runtime-objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

it('a command waits for the process of a container that was just started', async (test) => {
  const cgroup = `coracle-test-${process.pid}`;
  const runtime = createProcessRuntime({
    ...{ dir: tempDir(test), version: '1.0.0', boot: 'boot-1', addresses: () => ['192.0.2.1'] },
    ...{ clock: systemClock, log: silentLog, cgroup },
  });
  await runtime.start();
  const owner = anyPod();
  test.after(async () => {
    await runtime.removeSandbox(owner.uid);
    await runtime.stop();
    for (const controller of ['', 'cpu', 'memory'])
      await rmdir(join('/sys/fs/cgroup', controller, cgroup)).catch(() => {});
  });
  await runtime.ensureSandbox(sandboxFor(owner));
  const config = containerFor(owner, 'sleep 1000');
  await runtime.startContainer(config);
  // at once: nobody has seen its process yet
  const command = ['sh', '-c', 'exit 7'];
  const live = await runtime.run(config.id, { command, stdin: false, tty: false });
  live.stdout.resume();
  live.stderr?.resume();
  assert.equal(await live.exited, 7);
});
