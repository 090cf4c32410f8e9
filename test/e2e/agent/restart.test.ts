/** What survives the death of the agent and of the machine. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHeld } from '../../../agent/state/held-journal.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { nodeDirectory } from '../../support/lone-node.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { tempDir } from '../../support/temp-dir.ts';

const program = fileURLToPath(new URL('../../support/lone-agent.ts', import.meta.url));

async function agentProcess(test: TestContext, dir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, dir, 'boot-1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  test.after(() => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)));
  });
  child.removeAllListeners('exit');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function hold(dir: string, pod: Pod): Promise<void> {
  const held = await openHeld({ dir: join(dir, 'state'), log: silentLog });
  await held.apply({ upserts: [pod as unknown as KubeObject], deletions: [] });
  await held.close();
}

/** The processes of all containers, by the files their shims wrote; a file that is not whole yet counts not. */
function pids(dir: string): number[] {
  const events = join(dir, 'run', 'events');
  return readdirSync(events)
    .filter((name) => name.endsWith('.process'))
    .map((name) => readFileSync(join(events, name), 'utf8'))
    .filter((text) => text.endsWith('\n'))
    .map((text) => Number.parseInt(text, 10));
}

/** The one process there is, once its shim has told: a container counts as running as soon as it has a shim. */
const onlyPid = (dir: string): Promise<number> =>
  eventually('the process of the container', () => {
    const [pid, ...others] = pids(dir);
    assert.deepEqual(others, []);
    return pid;
  });

describe('an agent that is killed', () => {
  it('finds its processes again and restarts none', async (test) => {
    const { dir, start } = nodeDirectory(test);
    const pod = shellPod();
    await hold(dir, pod);
    await kill(await agentProcess(test, dir));
    const before = await onlyPid(dir);
    await kill(await agentProcess(test, dir));
    const node = await start();
    const status = await node.until('running', pod, ({ phase }) => phase === 'Running');
    assert.deepEqual(pids(dir), [before]);
    assert.equal(status.containerStatuses?.[0]?.restartCount, 0);
  });

  it('learns the exit code of what ended meanwhile', async (test) => {
    const { dir, start } = nodeDirectory(test);
    const pod = shellPod({ script: 'while [ ! -e $CORACLE_VOLUME_GO/go ]; do sleep 0.02; done; exit 5' });
    pod.spec.restartPolicy = 'Never';
    const flag = tempDir(test);
    pod.spec.volumes = [{ name: 'go', hostPath: { path: flag } }];
    for (const container of pod.spec.containers) container.volumeMounts = [{ name: 'go', mountPath: '/go' }];
    await hold(dir, pod);
    await kill(await agentProcess(test, dir));
    writeFileSync(join(flag, 'go'), '');
    await eventually('the exit to be written', () =>
      readdirSync(join(dir, 'run', 'events')).some((name) => name.endsWith('.exit')),
    );
    const node = await start();
    const status = await node.until('failed', pod, ({ phase }) => phase === 'Failed');
    assert.equal(status.containerStatuses?.[0]?.state?.terminated?.exitCode, 5);
  });

  it('at any moment of a start never leads to two copies', async (test) => {
    const { dir, start } = nodeDirectory(test);
    const marks = tempDir(test);
    const pod = shellPod({ script: `echo $$ >> ${marks}/started; sleep 1000` });
    await hold(dir, pod);
    for (const delay of [120, 150, 170, 185, 195, 205, 215, 225, 240]) {
      const child = spawn(process.execPath, [program, dir, 'boot-1'], { stdio: 'ignore' });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      setTimeout(() => child.kill('SIGKILL'), delay);
      await gone;
    }
    const node = await start();
    await node.until('running', pod, ({ phase }) => phase === 'Running');
    const started = await eventually(
      'the container',
      () => existsSync(join(marks, 'started')) && readFileSync(join(marks, 'started'), 'utf8').trim().split('\n'),
    );
    assert.equal(started.length, 1);
  });
});

describe('a machine that was restarted', () => {
  it('starts its Pods again without the hub, with one more restart', async (test) => {
    const { dir, start } = nodeDirectory(test);
    const pod = shellPod();
    const first = await start();
    await first.bind(pod);
    await first.until('running', pod, ({ phase }) => phase === 'Running');
    const before = await onlyPid(dir);
    await first.stop();
    // what a reboot does to processes; the shim sees it and is gone as well
    process.kill(before, 'SIGKILL');
    const node = await start('boot-2');
    const status = await node.until(
      'running',
      pod,
      (found) => found.containerStatuses?.[0]?.state?.running !== undefined,
    );
    assert.equal(status.containerStatuses?.[0]?.restartCount, 1);
    await eventually('another process', () => pids(dir).some((pid) => pid !== before));
  });

  it('starts them again though the runtime lost its records', async (test) => {
    const { dir, start } = nodeDirectory(test);
    const pod = shellPod();
    const first = await start();
    await first.bind(pod);
    await first.until('running', pod, ({ phase }) => phase === 'Running');
    process.kill(await onlyPid(dir), 'SIGKILL');
    await first.stop();
    rmSync(join(dir, 'run'), { recursive: true });
    const node = await start('boot-2');
    const status = await node.until(
      'running',
      pod,
      (found) => found.containerStatuses?.[0]?.state?.running !== undefined,
    );
    assert.equal(status.containerStatuses?.[0]?.restartCount, 1);
    assert.equal(status.containerStatuses?.[0]?.lastState?.terminated?.reason, 'ContainerStatusUnknown');
  });
});
