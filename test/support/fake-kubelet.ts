/** Plays all nodes at once: Pods that are bound become ready, Pods that are deleted end. */
import type { Pod } from '../../hub/api/pod.ts';
import { timestamp } from '../../hub/api/object.ts';
import { nodes, pods } from '../../hub/api/resource.ts';
import { systemClock } from '../../hub/base/clock.ts';
import type { Change, Registry, WriteOptions } from '../../hub/registry/registry.ts';
import { aNode } from './workloads.ts';

const writer: WriteOptions = { user: { name: 'kubelet', groups: ['system:masters'] }, manager: 'kubelet' };

/** The nodes' side of a test. */
export interface FakeKubelet {
  addNode(name: string, options?: Parameters<typeof aNode>[1]): Promise<void>;
  setReady(name: string, status: 'True' | 'False' | 'Unknown'): Promise<void>;
  /** Pods for which this is false stay as they are until it is called again for a change of theirs. */
  allows: (pod: Pod) => boolean;
  /** The exit code with which a Pod that runs ends; undefined: it runs on. */
  exits: (pod: Pod) => number | undefined;
  stop(): void;
}

/** Starts to play. `delay`: milliseconds a Pod takes to become ready or to end. */
export function startFakeKubelet(registry: Registry, options: { delay?: number } = {}): FakeKubelet {
  const { delay = 2 } = options;
  let addresses = 0;
  const ignore = (): void => {};
  const becomeReady = async (name: string, namespace: string, uid: string): Promise<void> => {
    await systemClock.sleep(delay);
    const change = (pod: Pod): void => {
      if (pod.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
      const ip = `10.200.${addresses >> 8}.${addresses++ & 255}`;
      const others = (pod.status?.conditions ?? []).filter((one) => one.type !== 'Ready');
      const lastTransitionTime = timestamp(Date.now());
      pod.status = {
        ...pod.status,
        phase: 'Running',
        podIP: ip,
        podIPs: [{ ip }],
        conditions: [...others, { type: 'Ready', status: 'True', lastTransitionTime }],
      };
    };
    await registry.modify<Pod>(pods, namespace, name, change, { ...writer, subresource: 'status' });
  };
  const end = async (name: string, namespace: string, uid: string): Promise<void> => {
    await systemClock.sleep(delay);
    await registry.delete(pods, namespace, name, { ...writer, gracePeriodSeconds: 0, preconditions: { uid } });
  };
  const exit = async (name: string, namespace: string, uid: string, exitCode: number): Promise<void> => {
    await systemClock.sleep(delay);
    const change = (pod: Pod): void => {
      if (pod.metadata.uid !== uid || pod.status?.phase !== 'Running') return;
      const state = { terminated: { exitCode, finishedAt: timestamp(Date.now()) } };
      const status = { image: '', imageID: '', ready: false, restartCount: 0, state };
      pod.status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
      pod.status.containerStatuses = pod.spec.containers.map(({ name: container }) => ({ ...status, name: container }));
      for (const one of pod.status.conditions ?? []) if (one.type === 'Ready') one.status = 'False';
    };
    await registry.modify<Pod>(pods, namespace, name, change, { ...writer, subresource: 'status' });
  };
  const kubelet: FakeKubelet = {
    allows: () => true,
    exits: () => undefined,
    async addNode(name, nodeOptions) {
      const node = aNode(name, nodeOptions);
      await registry.create(nodes, '', structuredClone(node), writer);
      const { status } = node;
      const change = (now: { status?: unknown }): void => {
        now.status = status;
      };
      await registry.modify(nodes, '', name, change, { ...writer, subresource: 'status' });
    },
    async setReady(name, status) {
      const change = (node: { status?: unknown }): void => {
        node.status = { ...(node.status as object), conditions: [{ type: 'Ready', status }] };
      };
      await registry.modify(nodes, '', name, change, { ...writer, subresource: 'status' });
    },
    stop: registry.subscribe(pods, (change: Change) => {
      const pod = change.entry.object<Pod>();
      if (change.type === 'DELETED' || (pod.spec.nodeName ?? '') === '' || !kubelet.allows(pod)) return;
      const { name, namespace, uid } = change.entry;
      if (pod.metadata.deletionTimestamp !== undefined) end(name, namespace, uid).catch(ignore);
      else if (pod.status?.phase === 'Running') {
        const code = kubelet.exits(pod);
        if (code !== undefined) exit(name, namespace, uid, code).catch(ignore);
      } else if ((pod.status?.phase ?? 'Pending') === 'Pending') becomeReady(name, namespace, uid).catch(ignore);
    }),
  };
  return kubelet;
}
