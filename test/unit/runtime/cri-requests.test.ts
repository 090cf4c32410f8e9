/** What a container runtime is asked for, and how its answers are read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerRequest, linuxResources } from '../../../agent/runtime/cri/container-request.ts';
import { invalidReference } from '../../../agent/runtime/cri/image-reference.ts';
import { mountWords } from '../../../agent/runtime/cri/image-mounts.ts';
import { observeImage } from '../../../agent/runtime/cri/images.ts';
import { groupValues, podGroup } from '../../../agent/runtime/cri/pod-cgroups.ts';
import { conditionTrouble, driverOf, snapshotterOf } from '../../../agent/runtime/cri/runtime-facts.ts';
import { podNamespaces, sandboxReminder, sandboxRequest } from '../../../agent/runtime/cri/sandbox-request.ts';
import { sharesOfWeight, weightOf } from '../../../agent/runtime/process/cgroup-values.ts';
import { containerFor, sandboxFor } from '../../support/runtime-objects.ts';

const pod = { uid: '9f6d1f0e-0000-4000-8000-000000000001', namespace: 'default', name: 'web' };
const place = { agent: 'a1', attempt: 2, logDirectory: '/logs/default_web_1', cgroupParent: '/kubepods/podx' };
const namespaces = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } as const;
const around = { agent: 'a1', namespaces, messageFile: '/run/messages/1' };

describe('a sandbox is asked for', () => {
  it('with the labels a kubelet sets, which the Pod cannot take, and its own', () => {
    const labels = { app: 'web', 'io.kubernetes.pod.name': 'forged', 'io.coracle/agent': 'forged' };
    const request = sandboxRequest(sandboxFor(pod, { labels }), place);
    assert.deepEqual(request.labels, {
      app: 'web',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'default',
      'io.kubernetes.pod.uid': pod.uid,
      'io.coracle/agent': 'a1',
      'io.coracle/qos': 'BestEffort',
    });
    assert.deepEqual(request.metadata, { ...pod, attempt: 2 });
    assert.equal(request.linux.cgroupParent, '/kubepods/podx');
  });

  it('without a name of its own in the network of the node', () => {
    const host = { network: true, pid: true, ipc: true };
    const request = sandboxRequest(sandboxFor(pod, { host }), place);
    assert.equal(request.hostname, undefined);
    assert.deepEqual(request.linux.securityContext?.namespaceOptions, { network: 'NODE', pid: 'NODE', ipc: 'NODE' });
  });

  it('with one process namespace for all only when the Pod shares it', () => {
    const host = { network: false, pid: false, ipc: false };
    assert.equal(podNamespaces({ host, sharedProcesses: false }).pid, 'CONTAINER');
    assert.equal(podNamespaces({ host, sharedProcesses: true }).pid, 'POD');
  });

  it("never with a profile of the Pod's own: the sandbox's process is not the Pod's", () => {
    const seccomp = { type: 'Localhost', localhost: '/profiles/tight.json' } as const;
    const request = sandboxRequest(sandboxFor(pod, { seccomp }), place);
    assert.deepEqual(request.linux.securityContext?.seccomp, { profileType: 'RuntimeDefault' });
  });

  it('again for a container by its place alone', () => {
    const { agent: _, ...rest } = place;
    const reminder = sandboxReminder(pod, rest);
    assert.deepEqual(Object.keys(reminder), ['metadata', 'logDirectory', 'linux']);
  });
});

describe('a container is asked for', () => {
  it('with its labels, its log, and a file for its last word', () => {
    const config = containerFor(pod, 'true', { attempt: 3, termination: { path: '/dev/why', logOnError: true } });
    const request = containerRequest(config, around);
    assert.equal(request.logPath, 'main/3.log');
    assert.equal(request.labels['io.coracle/id'], config.id);
    assert.equal(request.labels['io.kubernetes.container.name'], 'main');
    assert.equal(request.annotations['io.kubernetes.container.terminationMessagePolicy'], 'FallbackToLogsOnError');
    assert.deepEqual(request.mounts.at(-1), {
      containerPath: '/dev/why',
      hostPath: '/run/messages/1',
      readonly: false,
      propagation: 'PROPAGATION_PRIVATE',
      recursiveReadOnly: false,
    });
  });

  it('by the image that was found, naming what the user wrote', () => {
    const request = containerRequest(containerFor(pod, 'true', { image: 'web:1', imageId: 'sha256:ab' }), around);
    assert.deepEqual(request.image, { image: 'sha256:ab', userSpecifiedImage: 'web:1' });
  });

  it('with mounts as they are to be seen', () => {
    const mount = { volume: 'v', hostPath: '/data', containerPath: '/srv', readOnly: true };
    const mounts = [
      { ...mount, recursiveReadOnly: true },
      { ...mount, propagation: 'HostToContainer' },
      { ...mount, propagation: 'Bidirectional' },
    ] as const;
    const request = containerRequest(containerFor(pod, 'true', { mounts }), around);
    assert.deepEqual(
      request.mounts.slice(0, 3).map((each) => [each.readonly, each.recursiveReadOnly, each.propagation]),
      [
        [true, true, 'PROPAGATION_PRIVATE'],
        [true, false, 'PROPAGATION_HOST_TO_CONTAINER'],
        [true, false, 'PROPAGATION_BIDIRECTIONAL'],
      ],
    );
  });

  it('as the user that was named; a group alone is a group of root', () => {
    const who = (user: NonNullable<Parameters<typeof containerFor>[2]>['user']) => {
      const { runAsUser, runAsGroup, runAsUsername, supplementalGroups } = containerRequest(
        containerFor(pod, 'true', user === undefined ? {} : { user }),
        around,
      ).linux.securityContext;
      return [runAsUser?.value, runAsUsername, runAsGroup?.value, supplementalGroups];
    };
    assert.deepEqual(who(undefined), [undefined, undefined, undefined, []]);
    assert.deepEqual(who({ uid: 1000, gid: 3000, groups: [5] }), [1000, undefined, 3000, [5]]);
    assert.deepEqual(who({ name: 'app', gid: 3000 }), [undefined, 'app', 3000, []]);
    assert.deepEqual(who({ gid: 3000 }), [0, undefined, 3000, []]);
  });

  it('with parts of the node hidden, unless it is privileged or asked to see them', () => {
    const hidden = (more: object): readonly string[] => {
      const config = containerFor(pod, 'true');
      const request = containerRequest({ ...config, security: { ...config.security, ...more } }, around);
      return [...request.linux.securityContext.maskedPaths, ...request.linux.securityContext.readonlyPaths];
    };
    assert.ok(hidden({}).includes('/proc/kcore'));
    assert.ok(hidden({}).includes('/proc/sys'));
    assert.deepEqual(hidden({ unmaskedProc: true }), []);
    assert.deepEqual(hidden({ privileged: true }), []);
  });

  it('among the processes of another one when it is to see them', () => {
    const request = containerRequest(containerFor(pod, 'true'), { ...around, processesOf: 'abc' });
    const { namespaceOptions } = request.linux.securityContext;
    assert.deepEqual(namespaceOptions, { network: 'POD', pid: 'TARGET', ipc: 'POD', targetId: 'abc' });
  });

  it('with its share of the machine in the words of the kernel', () => {
    assert.deepEqual(linuxResources({ cpuRequest: 0.25, cpuLimit: 0.5, memoryLimit: 2 ** 20, oomScore: 900 }, 0), {
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      cpuShares: 256,
      memoryLimitInBytes: 2 ** 20,
      oomScoreAdj: 900,
    });
    const { cpuQuota, cpuShares, memoryLimitInBytes } = linuxResources({}, -1);
    assert.deepEqual([cpuQuota, cpuShares, memoryLimitInBytes], [-1, 2, -1]);
    assert.equal(linuxResources({ cpuLimit: 0.001 }, 0).cpuQuota, 1000);
  });
});

describe('control groups of Pods', () => {
  it('lie where a kubelet puts them', () => {
    assert.equal(podGroup('cgroupfs', 'u-1', 'Guaranteed'), '/kubepods/podu-1');
    assert.equal(podGroup('cgroupfs', 'u-1', 'Burstable'), '/kubepods/burstable/podu-1');
    assert.equal(
      podGroup('systemd', 'u-1', 'BestEffort'),
      '/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podu_1.slice',
    );
    assert.equal(podGroup('systemd', 'u-1', 'Guaranteed'), '/kubepods.slice/kubepods-podu_1.slice');
  });

  it('are written in the words of either version', () => {
    const resources = { qos: 'Burstable', cpuShares: 512, cpuLimit: 1.5, memoryLimit: 1000 } as const;
    assert.deepEqual(groupValues(1, resources), [
      ['cpu', 'cpu.shares', '512'],
      ['cpu', 'cpu.cfs_period_us', '100000'],
      ['cpu', 'cpu.cfs_quota_us', '150000'],
      ['memory', 'memory.limit_in_bytes', '1000'],
    ]);
    assert.deepEqual(groupValues(2, { qos: 'BestEffort', cpuShares: 2 }), [
      ['cpu', 'cpu.weight', '1'],
      ['cpu', 'cpu.max', 'max 100000'],
      ['memory', 'memory.max', 'max'],
    ]);
  });

  it('weigh the same in both versions', () => {
    for (const shares of [2, 1024, 262_144]) assert.ok(Math.abs(sharesOfWeight(weightOf(shares)) - shares) <= 14);
  });
});

describe('a runtime tells of itself', () => {
  const config = JSON.stringify({
    containerd: {
      snapshotter: 'overlayfs',
      defaultRuntimeName: 'runc',
      runtimes: { runc: { options: { SystemdCgroup: true } } },
    },
  });

  it('who makes control groups, and what holds its layers', () => {
    assert.equal(driverOf(config), 'systemd');
    assert.equal(snapshotterOf(config), 'overlayfs');
    assert.equal(driverOf('[crio]\ncgroup_manager = "systemd"'), 'cgroupfs');
    assert.equal(snapshotterOf(''), undefined);
  });

  it('what keeps it from running Pods', () => {
    const ready = { type: 'RuntimeReady', status: true, reason: '', message: '' };
    const network = {
      type: 'NetworkReady',
      status: false,
      reason: 'NetworkPluginNotReady',
      message: 'cni plugin not initialized',
    };
    assert.equal(conditionTrouble([ready]), undefined);
    assert.equal(
      conditionTrouble([ready, network]),
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
    );
  });
});

describe('images', () => {
  it('are of root when they name nobody', () => {
    const image = { id: 'i', repoTags: [], repoDigests: [], size: 1, uid: null, username: '', pinned: false };
    assert.deepEqual(observeImage(image).user, { uid: 0 });
    assert.deepEqual(observeImage({ ...image, uid: { value: 1000 } }).user, { uid: 1000 });
    assert.deepEqual(observeImage({ ...image, username: 'app' }).user, { name: 'app' });
  });

  it('have names of one form', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    for (const name of ['busybox', 'busybox:1', 'a.example:5000/x/y_z:v1.0', `x@${digest}`, `x:1@${digest}`, digest])
      assert.equal(invalidReference(name), undefined, name);
    assert.match(invalidReference('Busybox') ?? '', /repository name must be lowercase$/);
    for (const name of ['', ' ', 'a//b', 'x:', 'x@sha256:12', '-x', 'x:$']) assert.ok(invalidReference(name), name);
    assert.match(invalidReference('a'.repeat(300)) ?? '', /more than 255 characters$/);
  });

  it('are shown in directories by their layers, named from where they all lie', () => {
    const options = ['index=off', 'lowerdir=/root/snapshots/3/fs:/root/snapshots/12/fs'];
    assert.deepEqual(mountWords({ type: 'overlay', source: 'overlay', options }, '/volume'), {
      args: ['-t', 'overlay', '-o', 'index=off,lowerdir=3/fs:12/fs,ro', 'overlay', '/volume'],
      cwd: '/root/snapshots',
    });
    assert.deepEqual(mountWords({ type: 'bind', source: '/layer', options: ['ro', 'rbind'] }, '/volume'), {
      args: ['-o', 'ro,rbind', '/layer', '/volume'],
      cwd: '/',
    });
  });
});
