/** The life of Pods on a node without a machine: hooks, sandboxes, debugging, resizes, ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HookRunner } from '../../../agent/probes/probe.ts';
import type { Container, ContainerState } from '../../../hub/api/container.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';
import { HollowNode } from '../../support/hollow-node.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

const podOf = (...containers: Container[]): Pod => shellPod({ spec: { containers } });
const deleted = (pod: Pod, grace: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: grace },
});
const changed = (pod: Pod, spec: Partial<PodSpec>): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, generation: (pod.metadata.generation ?? 1) + 1 },
  spec: { ...pod.spec, ...spec },
});
const state = (node: HollowNode, pod: Pod, name = 'main'): ContainerState => {
  const status = node.status(pod);
  const all = [...(status?.containerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])];
  return all.find((each) => each.name === name)?.state ?? {};
};
const restarts = (node: HollowNode, pod: Pod): number | undefined =>
  node.status(pod)?.containerStatuses?.[0]?.restartCount;
const condition = (node: HollowNode, pod: Pod, type: string): string | undefined => {
  const found = node.status(pod)?.conditions?.find((each) => each.type === type);
  return found && [found.status, found.reason, found.message].filter((word) => word !== undefined).join(' ');
};

/** Hooks a test ends by hand. */
function hooks(): { run: HookRunner; ends: ((error?: Error) => void)[] } {
  const ends: ((error?: Error) => void)[] = [];
  const run: HookRunner = (_handler, _target, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      ends.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  return { run, ends };
}

const handler = { exec: { command: ['true'] } };

describe('a postStart hook', () => {
  const pod = (): Pod =>
    podOf(shellContainer('x', { lifecycle: { postStart: handler } }), shellContainer('x', { name: 'next' }));

  it('keeps its container waiting, and those after it', async () => {
    const { run, ends } = hooks();
    const node = new HollowNode();
    await node.start({ hook: run });
    const one = pod();
    await node.apply(one);
    assert.deepEqual(node.runtime.calls, ['sandbox web', 'start main#0']);
    assert.equal(state(node, one).waiting?.reason, 'ContainerCreating');
    ends[0]?.();
    await node.settle();
    assert.ok(state(node, one).running);
    assert.ok(state(node, one, 'next').running);
  });

  it('that fails ends its container, which starts again by the policy', async () => {
    const { run, ends } = hooks();
    const node = new HollowNode();
    await node.start({ hook: run });
    const one = pod();
    await node.apply(one);
    ends[0]?.(new Error('no'));
    await node.settle();
    assert.deepEqual(state(node, one).waiting, { reason: 'PostStartHookError', message: 'no' });
    await node.pass(1);
    assert.equal(restarts(node, one), 1);
    for (const line of ['FailedPostStartHook: PostStartHook failed', 'Killing: FailedPostStartHook'])
      assert.ok(node.told().includes(line), line);
  });

  it('runs again for an agent that takes the container over', async () => {
    const { run, ends } = hooks();
    const node = new HollowNode();
    await node.start({ hook: run });
    const one = pod();
    await node.apply(one);
    await node.pods?.stop?.();
    await node.start({ hook: run });
    assert.equal(ends.length, 2);
    ends[1]?.();
    await node.settle();
    assert.ok(state(node, one).running);
    assert.equal(restarts(node, one), 0);
  });
});

describe('a preStop hook', () => {
  const pod = (): Pod => podOf(shellContainer('x', { lifecycle: { preStop: handler } }));

  it('goes before the signal, and its time counts', async () => {
    const { run, ends } = hooks();
    const node = new HollowNode();
    await node.start({ hook: run });
    const one = pod();
    await node.apply(one);
    await node.apply(deleted(one, 30));
    await node.pass(5);
    assert.ok(!node.runtime.calls.includes('stop main#0'));
    ends[0]?.();
    await node.pass(2);
    assert.ok(node.runtime.calls.includes('stop main#0'));
    assert.equal(node.reports.at(-1)?.gone, true);
  });

  it('that takes too long, or fails, holds nothing up', async () => {
    for (const fails of [false, true]) {
      const { run, ends } = hooks();
      const node = new HollowNode();
      await node.start({ hook: run });
      const one = pod();
      await node.apply(one);
      await node.apply(deleted(one, 3));
      if (fails) ends[0]?.(new Error('no'));
      await node.pass(fails ? 2 : 5);
      assert.equal(node.reports.at(-1)?.gone, true, String(fails));
      assert.equal(node.told().includes('FailedPreStopHook: PreStopHook failed'), fails);
    }
  });

  it('is cut short when the grace is', async () => {
    const { run } = hooks();
    const node = new HollowNode();
    await node.start({ hook: run });
    const one = pod();
    await node.apply(one);
    await node.apply(deleted(one, 300));
    await node.apply(deleted(one, 0));
    await node.pass(2);
    assert.equal(node.reports.at(-1)?.gone, true);
  });
});

describe('a sandbox that is lost', () => {
  it('ends its containers and begins everything anew, init containers too', async () => {
    const node = new HollowNode({ script: ({ name }) => (name === 'init' ? { exitAfter: 1, exitCode: 0 } : {}) });
    await node.start();
    const pod = shellPod({ spec: { initContainers: [shellContainer('x', { name: 'init' })] } });
    await node.apply(pod);
    await node.pass(1);
    node.runtime.loseSandbox(pod.metadata.uid ?? '');
    await node.settle();
    await node.pass(3);
    assert.deepEqual(
      node.runtime.calls.filter((call) => !call.startsWith('stop')),
      ['sandbox web', 'start init#0', 'start main#0', 'sandbox web', 'start init#1', 'start main#1'],
    );
    assert.equal(restarts(node, pod), 1);
    assert.ok(node.told().includes('SandboxChanged: Pod sandbox changed, it will be killed and re-created.'));
  });

  it('fails a Pod that is never restarted', async () => {
    const node = new HollowNode();
    await node.start();
    const pod = shellPod({ spec: { restartPolicy: 'Never' } });
    await node.apply(pod);
    node.runtime.loseSandbox(pod.metadata.uid ?? '');
    await node.pass(2);
    assert.equal(node.status(pod)?.phase, 'Failed');
    assert.equal(node.runtime.calls.filter((call) => call.startsWith('start')).length, 1);
  });
});

describe('an ephemeral container', () => {
  it('starts in a running Pod, sees another one, and never starts again', async () => {
    const seen: (string | undefined)[] = [];
    const node = new HollowNode({
      script: ({ name, security }) => {
        if (name !== 'debug') return {};
        seen.push(security.processesOf);
        return { exitAfter: 1500, exitCode: 1 };
      },
    });
    await node.start();
    const pod = shellPod();
    await node.apply(pod);
    const debug = { ...shellContainer('x', { name: 'debug' }), targetContainerName: 'main' };
    await node.apply(changed(pod, { ephemeralContainers: [debug] }));
    assert.ok(state(node, pod, 'debug').running);
    assert.equal(seen[0], node.checkpoints.get(pod.metadata.uid ?? '')?.containers['main']?.id);
    await node.pass(30);
    assert.equal(state(node, pod, 'debug').terminated?.exitCode, 1);
    assert.equal(node.status(pod)?.phase, 'Running');
    assert.equal(condition(node, pod, 'Ready'), 'True');
  });
});

describe('a container whose image changes', () => {
  it('is replaced', async () => {
    const node = new HollowNode();
    await node.start();
    const pod = shellPod();
    await node.apply(pod);
    await node.apply(changed(pod, { containers: [shellContainer('x', { image: 'example.org/shell:2' })] }));
    await node.pass(1);
    assert.equal(restarts(node, pod), 1);
    assert.equal(node.status(pod)?.containerStatuses?.[0]?.image, 'example.org/shell:2');
    assert.ok(node.told().includes('Killing: Container main definition changed, will be restarted'));
  });
});

describe('a Pod that is over', () => {
  it('is told as ended before it goes', async () => {
    const node = new HollowNode({ script: () => ({ stopAfter: 500 }) });
    await node.start();
    const pod = shellPod();
    await node.apply(pod);
    await node.apply(deleted(pod, 30));
    await node.pass(1);
    const last = node.reports.filter(({ gone }) => gone !== true).at(-1)?.status;
    assert.equal(last?.phase, 'Failed');
    assert.equal(last?.containerStatuses?.[0]?.state?.terminated?.exitCode, 143);
    assert.equal(node.reports.at(-1)?.gone, true);
  });

  it('by itself gives its sandbox back and keeps its containers to be read', async () => {
    const node = new HollowNode({ script: () => ({ exitAfter: 100, exitCode: 0 }) });
    await node.start();
    const pod = shellPod({ spec: { restartPolicy: 'Never' } });
    await node.apply(pod);
    await node.pass(1);
    assert.equal(node.status(pod)?.phase, 'Succeeded');
    assert.equal(condition(node, pod, 'PodReadyToStartContainers'), 'False');
    assert.equal(node.status(pod)?.podIP, '10.0.0.5');
    const { sandboxes, containers } = await node.runtime.list(pod.metadata.uid);
    assert.deepEqual([sandboxes[0]?.ready, containers.length], [false, 1]);
  });
});

describe('a resize', () => {
  const sized = (cpu: string, memory: string, more: Partial<Container> = {}): Container =>
    shellContainer('x', { resources: { requests: { cpu, memory }, limits: { cpu, memory } }, ...more });

  it('reaches the Pod first where it grows, and last where it shrinks', async () => {
    const node = new HollowNode();
    await node.start();
    const pod = podOf(sized('500m', '100Mi'));
    await node.apply(pod);
    await node.apply(changed(pod, { containers: [sized('1', '50Mi')] }));
    const mib = 2 ** 20;
    assert.deepEqual(node.runtime.calls.slice(2), [
      `resize sandbox web cpu=1 memory=${100 * mib}`,
      `resize main cpu=1 memory=${50 * mib}`,
      `resize sandbox web cpu=1 memory=${50 * mib}`,
    ]);
    const [status] = node.status(pod)?.containerStatuses ?? [];
    assert.deepEqual(status?.resources?.limits, { cpu: '1', memory: '50Mi' });
    assert.deepEqual(status?.allocatedResources, { cpu: '1', memory: '50Mi' });
    assert.equal(restarts(node, pod), 0);
    assert.equal(condition(node, pod, 'PodResizeInProgress'), undefined);
    assert.ok(node.told().some((line) => line.startsWith('ResizeCompleted: Pod resize completed: {"containers"')));
  });

  it('waits while the node has too little left, and for ever when it never will have enough', async () => {
    const node = new HollowNode();
    await node.start();
    const [one, two] = [podOf(sized('500m', '1Mi')), podOf(sized('1', '1Mi'))];
    await node.apply(one, two);
    await node.apply(changed(one, { containers: [sized('1500m', '1Mi')] }));
    const message = "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000";
    assert.equal(condition(node, one, 'PodResizePending'), `True Deferred ${message}`);
    assert.deepEqual(node.status(one)?.containerStatuses?.[0]?.resources?.limits?.['cpu'], '500m');
    await node.apply(deleted(two, 0));
    await node.pass(1);
    assert.equal(condition(node, one, 'PodResizePending'), undefined);
    assert.ok(node.runtime.calls.includes(`resize main cpu=1.5 memory=${2 ** 20}`));
    await node.apply(changed(one, { containers: [sized('3', '1Mi')] }));
    assert.match(
      condition(node, one, 'PodResizePending') ?? '',
      /^True Infeasible .* requested: 3000, capacity: 2000$/,
    );
  });

  it('restarts the container where its policy says so', async () => {
    const node = new HollowNode();
    await node.start();
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const pod = podOf(sized('1', '1Mi', { resizePolicy }));
    await node.apply(pod);
    await node.apply(changed(pod, { containers: [sized('1', '2Mi', { resizePolicy })] }));
    await node.pass(1);
    assert.equal(restarts(node, pod), 1);
    assert.deepEqual(node.status(pod)?.containerStatuses?.[0]?.resources?.limits?.['memory'], '2Mi');
    assert.equal(condition(node, pod, 'PodResizeInProgress'), undefined);
  });

  it('below what is used is refused', async () => {
    const node = new HollowNode({ script: () => ({ usage: { cpu: 0, memory: 2 ** 20 } }) });
    await node.start();
    const pod = podOf(sized('1', '2Mi'));
    await node.apply(pod);
    await node.apply(changed(pod, { containers: [sized('1', '512Ki')] }));
    assert.match(condition(node, pod, 'PodResizeInProgress') ?? '', /^True Error attempting to set memory limit/);
    assert.deepEqual(node.status(pod)?.containerStatuses?.[0]?.resources?.limits?.['memory'], '2Mi');
  });
});

describe('a critical Pod', () => {
  it('drives away the least important ones it needs the room of, and no more', async () => {
    const asking = (name: string, cpu: string, priority: number): Pod =>
      shellPod({
        metadata: { name },
        spec: { priority, containers: [shellContainer('x', { resources: { requests: { cpu } } })] },
      });
    const node = new HollowNode();
    await node.start();
    const [low, high, critical] = [asking('low', '1', 1), asking('high', '1', 5), asking('system', '1', 2_000_000_000)];
    await node.apply(low, high);
    await node.apply(critical);
    await node.pass(2);
    assert.equal(node.status(critical)?.phase, 'Running');
    assert.equal(node.status(high)?.phase, 'Running');
    assert.deepEqual([node.status(low)?.phase, node.status(low)?.reason], ['Failed', 'Preempting']);
    assert.match(condition(node, low, 'DisruptionTarget') ?? '', /^True TerminationByKubelet /);
    const late = asking('late', '1', 9);
    await node.apply(late);
    assert.equal(node.status(late)?.reason, 'OutOfcpu');
  });
});
