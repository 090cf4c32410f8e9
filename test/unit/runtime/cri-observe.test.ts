/** What a container runtime tells, in the words of the agent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerAnnotations, containerLabels } from '../../../agent/runtime/cri/labels.ts';
import type { ContainerStatus, PodSandboxStatus } from '../../../agent/runtime/cri/messages.ts';
import { observeContainer, observeSandbox } from '../../../agent/runtime/cri/observe.ts';
import { signalNumber } from '../../../agent/runtime/cri/signals.ts';

const pod = { uid: 'u1', namespace: 'default', name: 'web' };

function status(more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    id: 'cri1',
    metadata: { name: 'main', attempt: 1 },
    state: 'CONTAINER_RUNNING',
    createdAt: 1_000_000_000,
    startedAt: 2_500_000_000,
    finishedAt: 0,
    exitCode: 0,
    image: { image: 'web:1', userSpecifiedImage: '' },
    imageRef: 'web@sha256:1',
    reason: '',
    message: '',
    labels: containerLabels('a1', { pod, name: 'main', id: 'id1' }),
    annotations: containerAnnotations({ attempt: 1, termination: { path: '/dev/why', logOnError: true } }),
    logPath: '/logs/main/1.log',
    resources: null,
    user: null,
    stopSignal: 'RUNTIME_DEFAULT',
    ...more,
  };
}

const seen = (more: Partial<ContainerStatus>): object | undefined =>
  observeContainer(status(more), 'a1', 'containerd')?.observation;

describe('a container as its runtime tells', () => {
  it('that runs', () => {
    const found = observeContainer(status(), 'a1', 'containerd');
    assert.deepEqual(found, {
      criId: 'cri1',
      logFile: '/logs/main/1.log',
      logOnError: true,
      spent: false,
      observation: {
        id: 'id1',
        shownId: 'containerd://cri1',
        pod,
        name: 'main',
        attempt: 1,
        image: 'web:1',
        imageId: 'web@sha256:1',
        state: 'running',
        startedAt: 2500,
      },
    });
  });

  it("is nobody's business when another agent, or no agent, made it", () => {
    assert.equal(observeContainer(status(), 'a2', 'containerd'), undefined);
    assert.equal(observeContainer(status({ labels: {} }), 'a1', 'containerd'), undefined);
  });

  it('that has ended, by itself or for want of memory', () => {
    const ended = { state: 'CONTAINER_EXITED', finishedAt: 3_000_000_000 } as const;
    const part = (more: Partial<ContainerStatus>): unknown[] => {
      const found = observeContainer(status({ ...ended, ...more }), 'a1', 'containerd')?.observation;
      return [found?.state, found?.exitCode, found?.reason, found?.finishedAt];
    };
    assert.deepEqual(part({}), ['exited', 0, 'Completed', 3000]);
    assert.deepEqual(part({ exitCode: 3 }), ['exited', 3, 'Error', 3000]);
    assert.deepEqual(part({ exitCode: 137, reason: 'OOMKilled' }), ['exited', 137, 'OOMKilled', 3000]);
  });

  it('that never started, or that the runtime has lost', () => {
    assert.deepEqual(
      { ...seen({ state: 'CONTAINER_EXITED', startedAt: 0, exitCode: 128, reason: 'StartError', message: 'no such' }) },
      {
        ...seen({ state: 'CONTAINER_CREATED' }),
        ...{ state: 'exited', exitCode: 128, reason: 'StartError', message: 'no such' },
      },
    );
    const lost = observeContainer(status({ state: 'CONTAINER_UNKNOWN' }), 'a1', 'containerd')?.observation;
    assert.deepEqual([lost?.state, lost?.exitCode, lost?.reason], ['exited', 255, 'Unknown']);
  });

  it('whose start was cut off with its caller has not begun', () => {
    const cut = { state: 'CONTAINER_EXITED', startedAt: 0, exitCode: 128, reason: 'StartError' } as const;
    for (const message of ['failed to start: context canceled: unknown', 'start failed: : signal: killed: unknown']) {
      const found = observeContainer(status({ ...cut, message }), 'a1', 'containerd');
      assert.deepEqual([found?.spent, found?.observation.state], [true, 'created']);
    }
  });

  it('with what it may use and who it is, where the runtime knows', () => {
    const linux = { cpuPeriod: 100_000, cpuQuota: 50_000, cpuShares: 256, memoryLimitInBytes: 1000, oomScoreAdj: 0 };
    const found = observeContainer(
      status({ resources: { linux }, user: { linux: { uid: 1, gid: 2, supplementalGroups: [3] } } }),
      'a1',
      'containerd',
    )?.observation;
    assert.deepEqual(found?.resources, { cpuLimit: 0.5, cpuRequest: 0.25, memoryLimit: 1000 });
    assert.deepEqual(found?.user, { uid: 1, gid: 2, groups: [3] });
  });
});

describe('the signal a Pod names to stop a container', () => {
  it('is left to a runtime that sends it, and kept for the others', () => {
    const named = { attempt: 0, termination: { path: '/dev/why', logOnError: false }, stopSignal: 'SIGRTMIN+3' };
    const annotations = containerAnnotations(named);
    assert.equal(observeContainer(status({ annotations }), 'a1', 'containerd')?.stopSignal, 'SIGRTMIN+3');
    const told = status({ annotations, stopSignal: 'SIGRTMINPLUS3' });
    assert.equal(observeContainer(told, 'a1', 'containerd')?.stopSignal, undefined);
  });

  it('has a number', () => {
    const names = ['SIGTERM', 'SIGUSR1', 'SIGRTMIN', 'SIGRTMIN+3', 'SIGRTMAX', 'SIGRTMAX-1', 'NONE'];
    assert.deepEqual(names.map(signalNumber), [15, 10, 34, 37, 64, 63, undefined]);
  });
});

describe('a sandbox as its runtime tells', () => {
  const sandbox: PodSandboxStatus = {
    id: 's1',
    metadata: { ...pod, attempt: 1 },
    state: 'SANDBOX_READY',
    createdAt: 1_500_000_000,
    network: { ip: '10.0.0.2', additionalIps: [{ ip: 'fd00::2' }] },
    linux: { namespaces: { options: { network: 'POD', pid: 'POD', ipc: 'POD', targetId: '' } } },
    labels: { 'io.coracle/qos': 'Guaranteed' },
  };

  it('has its addresses, its namespaces and its class', () => {
    const found = observeSandbox(sandbox);
    assert.deepEqual([found.ready, found.createdAt, found.attempt, found.qos], [true, 1500, 1, 'Guaranteed']);
    assert.deepEqual(found.addresses, ['10.0.0.2', 'fd00::2']);
    assert.equal(found.namespaces.pid, 'POD');
  });

  it('has no address in the network of the node', () => {
    const found = observeSandbox({ ...sandbox, network: { ip: '', additionalIps: [] }, linux: null });
    assert.deepEqual(found.addresses, []);
    assert.equal(found.namespaces.pid, 'CONTAINER');
  });
});
