/** Builders of nodes, Pods and workloads, with only what a test says differing from a plain one. */
import type { Node } from '../../hub/api/node.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { Pod, PodSpec } from '../../hub/api/pod.ts';
import type { Taint } from '../../hub/api/scheduling.ts';
import type { DaemonSet, Deployment, ReplicaSet } from '../../hub/api/workload.ts';
import { digestPod } from '../../hub/api/pod-digest.ts';
import type { PodFacts } from '../../hub/controllers/pod-facts.ts';

/** A ready node with four cores. */
export function aNode(
  name: string,
  options: {
    labels?: Record<string, string>;
    taints?: Taint[];
    allocatable?: Record<string, string>;
    ready?: string;
  } = {},
): Node {
  const allocatable = options.allocatable ?? { cpu: '4', memory: '8Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...options.labels } },
    spec: options.taints === undefined ? {} : { taints: options.taints },
    status: { allocatable, capacity: allocatable, conditions: [{ type: 'Ready', status: options.ready ?? 'True' }] },
  };
}

/** A Pod with one container. */
export function aPod(
  name: string,
  options: {
    namespace?: string;
    labels?: Record<string, string>;
    requests?: Record<string, string>;
    spec?: Partial<PodSpec>;
    status?: Pod['status'];
  } = {},
): Pod {
  const resources = options.requests === undefined ? {} : { resources: { requests: options.requests } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: options.namespace ?? 'default', uid: `uid-${name}`, labels: options.labels ?? {} },
    spec: { containers: [{ name: 'c', image: 'busybox', ...resources }], ...options.spec },
    ...(options.status === undefined ? {} : { status: options.status }),
  };
}

/** Facts of a Pod that runs and is ready, unless said otherwise. */
export function facts(changes: Partial<PodFacts> = {}): PodFacts {
  return {
    ...digestPod(aPod('p', { spec: { nodeName: 'n' }, status: { phase: 'Running' } })),
    ready: true,
    readySince: 1,
    ...changes,
  };
}

/** A Deployment named `web`. */
export function aDeployment(spec: Partial<Deployment['spec']> = {}, version = '1'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', generation: 1 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web', version } },
        spec: { containers: [{ name: 'c', image: 'busybox' }] },
      },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

/** A ReplicaSet of `web` with `size` wanted and `available` there. */
export function aReplicaSet(
  version: string,
  size: number,
  available = size,
  annotations: Record<string, string> = {},
): ReplicaSet {
  const created = timestamp(Date.UTC(2026, 0, 1) + Number(version) * 1000);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${version}`,
      namespace: 'default',
      uid: `uid-web-${version}`,
      creationTimestamp: created,
      generation: 1,
      annotations: { 'deployment.kubernetes.io/revision': version, ...annotations },
    },
    spec: {
      replicas: size,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web', version, 'pod-template-hash': version } },
        spec: { containers: [{ name: 'c', image: 'busybox' }] },
      },
    },
    status: { replicas: size, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

/** A DaemonSet named `agent`. */
export function aDaemonSet(updateStrategy?: DaemonSet['spec']['updateStrategy']): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default', uid: 'uid-agent', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
      ...(updateStrategy === undefined ? {} : { updateStrategy }),
    },
  };
}

/** A repeatable source of chance in [0, 1). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
