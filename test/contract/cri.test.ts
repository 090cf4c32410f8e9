/** What a CRI runtime promises beside the contract of Runtime, over a real containerd. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { ContainerConfig } from '../../agent/runtime/container.ts';
import type { CriRuntime } from '../../agent/runtime/cri/cri.ts';
import { RuntimeError } from '../../agent/runtime/runtime.ts';
import type { PodIdentity, SandboxConfig } from '../../agent/runtime/sandbox.ts';
import { noContainers } from '../support/cluster/available.ts';
import { type LoneContainerd, startLoneContainerd } from '../support/cluster/lone-containerd.ts';
import { type CriAgent, containerOf, criAgent, ended, leftOf } from '../support/cri-agent.ts';
import { eventually } from '../support/eventually.ts';
import { anyPod, containerFor, sandboxFor } from '../support/runtime-objects.ts';

const resting = 'trap "exit 0" TERM; sleep 1000 & wait';

describe('a CRI runtime', { skip: noContainers }, () => {
  let lone: LoneContainerd;
  let image: string;

  before(async () => {
    lone = await startLoneContainerd();
    image = await lone.image('busybox');
  });
  after(() => lone?.stop());

  /** An agent's runtime with a Pod in a network of its own. */
  async function podOn(test: TestContext, more: Partial<SandboxConfig> = {}) {
    const agent = await criAgent(test, lone);
    const { runtime } = agent;
    await runtime.images.pull(image, [], test.signal);
    const pod = anyPod();
    const sandbox = sandboxFor(pod, more);
    await runtime.ensureSandbox(sandbox);
    const container = (script: string, changes: Partial<ContainerConfig> = {}): ContainerConfig =>
      containerFor(pod, script, { image, ...changes });
    return { agent, runtime, pod, sandbox, container };
  }

  async function run(runtime: CriRuntime, config: ContainerConfig): Promise<ContainerConfig> {
    await runtime.startContainer(config);
    return config;
  }

  const logOf = ({ pod, name }: ContainerConfig): string =>
    join(lone.dir, 'logs', `${pod.namespace}_${pod.name}_${pod.uid}`, name, '0.log');

  const failing = (reason: string, message: RegExp) => (error: unknown) =>
    error instanceof RuntimeError && error.reason === reason && message.test(error.message);

  describe('tells how containers ended', () => {
    it('that never began: no such program', async (test) => {
      const { runtime, container } = await podOn(test);
      const config = container('', { command: ['/nowhere'] });
      await assert.rejects(runtime.startContainer(config), failing('RunContainerError', /\/nowhere.*no such file/));
      const found = await ended(runtime, config.id);
      assert.deepEqual([found.exitCode, found.reason], [128, 'StartError']);
      assert.match(found.message ?? '', /no such file/);
      await runtime.startContainer(config);
    });

    it('that cannot even be made: no such image', async (test) => {
      const { runtime, container } = await podOn(test);
      const config = container('true', { image: `${image}-none` });
      await assert.rejects(runtime.startContainer(config), failing('CreateContainerError', /not found/));
      assert.equal(await containerOf(runtime, config.id), undefined);
    });

    it('with their own word, or with the end of their log when they failed without one', async (test) => {
      const { runtime, container } = await podOn(test);
      const termination = { path: '/dev/why', logOnError: true };
      const said = await run(runtime, container('echo seen; printf told > /dev/why; exit 1', { termination }));
      const logged = await run(runtime, container('echo seen; exit 1', { name: 'two', termination }));
      const fine = await run(runtime, container('echo seen', { name: 'three', termination }));
      assert.equal((await ended(runtime, said.id)).message, 'told');
      assert.equal((await ended(runtime, logged.id)).message, 'seen\n');
      assert.equal((await ended(runtime, fine.id)).message, undefined);
    });

    it('for want of memory', async (test) => {
      const { runtime, container } = await podOn(test);
      const resources = { memoryLimit: 16 * 2 ** 20 };
      const config = await run(runtime, container('x=$(head -c 100000000 /dev/zero | tail)', { resources }));
      const found = await ended(runtime, config.id);
      assert.deepEqual([found.exitCode, found.reason], [137, 'OOMKilled']);
    });
  });

  it('runs commands in a container, as long as they may take', async (test) => {
    const { runtime, container } = await podOn(test);
    const { id } = await run(runtime, container(resting, { environment: { WORD: 'given' } }));
    assert.deepEqual(await runtime.exec(id, ['sh', '-c', 'echo $WORD; exit 3'], 5000), { code: 3, output: 'given\n' });
    const late = await runtime.exec(id, ['sleep', '60'], 300);
    assert.equal(late.code, 137);
    assert.match(late.output, /timed out after 0.3s/);
    const left = async (): Promise<string> => (await runtime.exec(id, ['ps'], 5000)).output;
    await eventually('it to be killed', async () => !(await left()).includes('sleep 60'));
    await assert.rejects(runtime.exec(id, ['/nowhere'], 5000), failing('ExecError', /nowhere/));
    const loud = await runtime.exec(id, ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x'], 10_000);
    assert.equal(loud.output.length, 10 * 1024);
  });

  it('asks a container to stop by the signal its Pod names, and kills it when that is not heard', async (test) => {
    const { runtime, container } = await podOn(test);
    const heard = container('trap "exit 7" USR1; echo ready; while :; do sleep 0.1; done', { stopSignal: 'SIGUSR1' });
    await run(runtime, heard);
    await eventually('its trap', () => readFileSync(logOf(heard), 'utf8').includes('ready'));
    await runtime.stopContainer(heard.id, 30);
    assert.equal((await containerOf(runtime, heard.id))?.exitCode, 7);
    const deaf = await run(runtime, container('trap "" USR1; sleep 1000', { name: 'two', stopSignal: 'SIGUSR1' }));
    await runtime.stopContainer(deaf.id, 0.2);
    assert.equal((await containerOf(runtime, deaf.id))?.exitCode, 137);
  });

  it('changes what a container and its Pod may use', async (test) => {
    const { runtime, pod, container } = await podOn(test, { resources: { qos: 'Burstable', cpuShares: 102 } });
    const { id } = await run(runtime, container(resting, { resources: { cpuRequest: 0.1, cpuLimit: 0.5 } }));
    await runtime.resizeContainer(id, { cpuRequest: 0.2, cpuLimit: 1, memoryLimit: 64 * 2 ** 20 });
    await runtime.resizeSandbox(pod.uid, { qos: 'Burstable', cpuShares: 204, memoryLimit: 128 * 2 ** 20 });
    const { shownId, resources } = (await containerOf(runtime, id)) ?? {};
    assert.equal(resources?.cpuLimit, 1);
    assert.equal(resources?.memoryLimit, 64 * 2 ** 20);
    const group = `kubepods/burstable/pod${pod.uid}`;
    const value = (below: string, first: string, second: string): string => {
      const file = readdirSync('/sys/fs/cgroup').includes('cgroup.controllers') ? second : first;
      return readFileSync(join('/sys/fs/cgroup', file.replace('GROUP', join(group, below))), 'utf8').trim();
    };
    const own = (shownId ?? '').replace('containerd://', '');
    assert.equal(value(own, 'memory/GROUP/memory.limit_in_bytes', 'GROUP/memory.max'), String(64 * 2 ** 20));
    assert.equal(value('', 'memory/GROUP/memory.limit_in_bytes', 'GROUP/memory.max'), String(128 * 2 ** 20));
    await runtime.resizeSandbox(pod.uid, { qos: 'Burstable', cpuShares: 204 });
    assert.match(value('', 'memory/GROUP/memory.limit_in_bytes', 'GROUP/memory.max'), /^(max|9223372036854771712)$/);
  });

  it('shows the files of an image, and takes them back, whoever showed them', async (test) => {
    const { runtime, dir } = await criAgent(test, lone);
    const content = await lone.image('content');
    await runtime.images.pull(content, [], test.signal);
    const directory = join(lone.dir, 'volume of an image');
    mkdirSync(directory);
    await runtime.images.mount(content, directory);
    await runtime.images.mount(content, directory);
    assert.equal(readFileSync(join(directory, 'dir', 'file'), 'utf8'), 'content of the file\n');
    assert.throws(() => mkdirSync(join(directory, 'more')), /EROFS/);
    const { runtime: later } = await criAgent(test, lone, dir);
    await later.images.unmount(directory);
    await later.images.unmount(directory);
    assert.deepEqual(readdirSync(directory), []);
    await assert.rejects(runtime.images.mount(`${content}-none`, directory), failing('ImageVolumeMountFailed', /not/));
  });

  it('says why an image cannot be had', async (test) => {
    const { images } = (await criAgent(test, lone)).runtime;
    assert.equal(await images.find(`${image}-none`), undefined);
    await assert.rejects(images.find('Not An Image'), failing('InvalidImageName', /couldn't parse image name/));
    await assert.rejects(
      images.pull(`${image}-none`, [], test.signal),
      failing('ErrImagePull', /failed to pull and unpack image.*not found/),
    );
    await assert.rejects(
      images.pull('127.0.0.1:1/nobody:1', [], test.signal),
      failing('ErrImagePull', /connection refused/),
    );
  });

  describe('goes on where another life of the agent ended', () => {
    const again = async (test: TestContext, { dir }: CriAgent): Promise<CriRuntime> =>
      (await criAgent(test, lone, dir)).runtime;

    it('with what runs', async (test) => {
      const { agent, runtime, pod, sandbox, container } = await podOn(test);
      const config = await run(runtime, container(resting));
      await agent.stop();
      const next = await again(test, agent);
      await next.ensureSandbox(sandbox);
      await next.startContainer(config);
      const { sandboxes, containers } = await next.list(pod.uid);
      assert.deepEqual([sandboxes.length, containers.length, containers[0]?.state], [1, 1, 'running']);
      await next.stopContainer(config.id, 5);
      assert.equal((await containerOf(next, config.id))?.exitCode, 0);
    });

    it('when it died before it heard that its call was done', async (test) => {
      const { agent, runtime, pod, sandbox, container } = await podOn(test);
      // it knows nothing of what the other makes from now on
      const deaf = await again(test, agent);
      const other = anyPod();
      await runtime.ensureSandbox(sandboxFor(other));
      await deaf.ensureSandbox(sandboxFor(other));
      assert.equal((await deaf.list(other.uid)).sandboxes.length, 1);
      await deaf.ensureSandbox(sandbox);
      const config = await run(runtime, container(resting));
      await deaf.startContainer(config);
      const { containers } = await deaf.list(pod.uid);
      assert.deepEqual([containers.length, containers[0]?.id], [1, config.id]);
      assert.equal((await runtime.list(pod.uid)).containers[0]?.shownId, containers[0]?.shownId);
    });

    for (const [when, begun] of Object.entries({
      'it was made': () => true,
      'its process is being made': (criId: string) =>
        existsSync(join(lone.containerd.dir, 'state', 'io.containerd.runtime.v2.task', 'k8s.io', criId)),
    }))
      it(`with a container whose start was cut off once ${when}: it counts as not begun`, async (test) => {
        const { agent, runtime, pod, container } = await podOn(test);
        const config = container(resting);
        const cutOff = runtime.startContainer(config).then(
          () => false,
          () => true,
        );
        await eventually('its start', async () => {
          const found = await containerOf(runtime, config.id);
          return found !== undefined && begun(found.shownId.replace('containerd://', ''));
        });
        await agent.stop();
        assert.equal(await cutOff, true);
        const next = await again(test, agent);
        await next.startContainer(config);
        const { containers } = await next.list(pod.uid);
        assert.deepEqual(
          containers.map(({ id, state, attempt }) => [id, state, attempt]),
          [[config.id, 'running', 0]],
        );
      });

    it('and removes what that one had left half made', async (test) => {
      const { agent, runtime, pod, container } = await podOn(test);
      const deaf = await again(test, agent);
      await run(runtime, container(resting));
      await deaf.removeSandbox(pod.uid);
      await eventually('nothing to be left', async () => (await leftOf(lone, pod.uid)).length === 0);
      assert.deepEqual(readdirSync(join(agent.dir, 'messages')), []);
    });
  });

  it('leaves the Pods of other agents alone', async (test) => {
    const { runtime, pod, container } = await podOn(test);
    await run(runtime, container(resting));
    const { runtime: other } = await criAgent(test, lone);
    assert.deepEqual(await other.list(), { sandboxes: [], containers: [] });
    assert.equal((await runtime.list(pod.uid)).containers[0]?.state, 'running');
  });

  it('replaces a sandbox that is not ready, and lets the spent one go with its last container', async (test) => {
    const { runtime, pod, sandbox, container } = await podOn(test);
    const first = await run(runtime, container(resting));
    await runtime.stopSandbox(pod.uid);
    assert.equal((await containerOf(runtime, first.id))?.state, 'exited');
    await runtime.ensureSandbox(sandbox);
    const second = await run(runtime, container(resting, { attempt: 1 }));
    assert.equal((await runtime.list(pod.uid)).sandboxes[0]?.ready, true);
    await runtime.removeContainer(first.id);
    const { stdout } = await lone.containerd.ctr(['containers', 'ls', '-q']);
    assert.equal(stdout.trim().split('\n').length, 2);
    assert.equal((await containerOf(runtime, second.id))?.state, 'running');
  });

  it('leaves nothing of a Pod', async (test) => {
    const { agent, runtime, pod, container } = await podOn(test);
    const config = await run(runtime, container('exit 1'));
    await ended(runtime, config.id);
    await run(runtime, container(resting, { name: 'two' }));
    await runtime.removeSandbox(pod.uid);
    assert.deepEqual(await leftOf(lone, pod.uid), []);
    assert.deepEqual(readdirSync(join(agent.dir, 'messages')), []);
    await runtime.removeSandbox(pod.uid);
  });

  it('sees everything again when containerd was killed, and what ended meanwhile', async (test) => {
    const { runtime, pod, container } = await podOn(test);
    const lasting = await run(runtime, container(resting));
    const short = await run(runtime, container('until [ -e /tmp/end ]; do sleep 0.1; done; exit 4', { name: 'two' }));
    const pid = (await runtime.exec(short.id, ['cat', '/proc/1/stat'], 5000)).output;
    assert.ok(pid !== '');
    assert.equal(runtime.trouble(), undefined);
    await runtime.exec(short.id, ['sh', '-c', '(sleep 1; touch /tmp/end) > /dev/null 2>&1 &'], 5000);
    await lone.containerd.kill();
    await eventually('trouble', () => runtime.trouble() !== undefined);
    assert.match(runtime.trouble() ?? '', /cannot be reached/);
    assert.equal((await runtime.list(pod.uid)).containers.length, 2);
    await assert.rejects(runtime.startContainer(container('true', { name: 'three' })), RuntimeError);
    await lone.containerd.start();
    await eventually('no trouble', () => runtime.trouble() === undefined);
    assert.equal((await ended(runtime, short.id)).exitCode, 4);
    assert.equal((await containerOf(runtime, lasting.id))?.state, 'running');
    await runtime.removeSandbox(pod.uid);
    await eventually('nothing to be left', async () => (await leftOf(lone, pod.uid)).length === 0);
  });

  it('says so when there is no network for Pods', async (test) => {
    const without = await startLoneContainerd({ networked: false });
    try {
      const { runtime } = await criAgent(test, without);
      await eventually('trouble', () => /NetworkReady=false/.test(runtime.trouble() ?? ''));
      const owner: PodIdentity = anyPod();
      await assert.rejects(
        runtime.ensureSandbox(sandboxFor(owner)),
        failing('CreatePodSandboxError', /cni plugin not initialized/),
      );
      // containerd wants to take the network down that was never there, and can once there is one
      await assert.rejects(runtime.removeSandbox(owner.uid), /cni plugin not initialized/);
      without.addNetwork();
      await eventually('no trouble', () => runtime.trouble() === undefined);
      await runtime.removeSandbox(owner.uid);
      assert.deepEqual(await leftOf(without, owner.uid), []);
    } finally {
      await without.stop();
    }
  });
});
