/** Pods as tests need them: running a shell script, changed by what the test is about. */
import { randomUUID } from 'node:crypto';
import type { Container } from '../../hub/api/container.ts';
import type { ObjectMeta } from '../../hub/api/object.ts';
import type { Pod, PodSpec } from '../../hub/api/pod.ts';

/** A container that runs `script` in a shell. */
export function shellContainer(script: string, change: Partial<Container> = {}): Container {
  return { name: 'main', image: 'example.org/shell:1', command: ['sh', '-c', script], ...change };
}

/** A Pod bound to a node, with one container `main` unless `spec` says otherwise. */
export function shellPod(
  change: { metadata?: Partial<ObjectMeta>; spec?: Partial<PodSpec>; script?: string } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: randomUUID(),
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...change.metadata,
    },
    spec: {
      containers: [shellContainer(change.script ?? 'sleep 1000')],
      nodeName: 'node1',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      ...change.spec,
    },
    status: {
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}
