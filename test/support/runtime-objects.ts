/** Configurations of sandboxes and containers that ask for nothing special, for tests that change one thing. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { ContainerConfig } from '../../agent/runtime/container.ts';
import type { PodIdentity, SandboxConfig } from '../../agent/runtime/sandbox.ts';

/** A Pod nobody else has. */
export const anyPod = (name = 'web'): PodIdentity => ({ uid: randomUUID(), namespace: 'default', name });

/** Its sandbox. */
export function sandboxFor(pod: PodIdentity, more: Partial<SandboxConfig> = {}): SandboxConfig {
  return {
    ...pod,
    hostname: pod.name,
    labels: {},
    annotations: {},
    ports: [],
    host: { network: false, pid: false, ipc: false },
    sharedProcesses: false,
    sysctls: {},
    privileged: false,
    supplementalGroups: [],
    seccomp: { type: 'Unconfined' },
    resources: { qos: 'BestEffort', cpuShares: 2 },
    handler: '',
    ...more,
  };
}

/** A container of it that runs `script` in the shell. */
export function containerFor(pod: PodIdentity, script: string, more: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    pod,
    id: randomBytes(32).toString('hex'),
    name: 'main',
    attempt: 0,
    image: 'example.org/web:1',
    imageId: '',
    command: ['sh', '-c', script],
    args: [],
    environment: {},
    mounts: [],
    resources: {},
    security: {
      privileged: false,
      addCapabilities: [],
      dropCapabilities: [],
      readOnlyRoot: false,
      noNewPrivileges: false,
      seccomp: { type: 'Unconfined' },
      unmaskedProc: false,
    },
    termination: { path: '/dev/termination-log', logOnError: false },
    stdin: false,
    stdinOnce: false,
    tty: false,
    ...more,
  };
}
