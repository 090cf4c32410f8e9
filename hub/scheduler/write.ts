/** What the scheduler writes: the binding of a Pod, and the condition of one that found no node. */
import { conflict } from '../api/errors.ts';
import type { Pod, PodCondition } from '../api/pod.ts';
import { setPodCondition } from '../api/pod-condition.ts';
import { pods } from '../api/resource.ts';
import { authenticatedGroup } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Entry, Registry, WriteOptions } from '../registry/registry.ts';

/** Who writes. */
export const schedulerWriter: WriteOptions = {
  user: { name: 'system:kube-scheduler', groups: [authenticatedGroup] },
  manager: 'kube-scheduler',
};

/** Binds a Pod. Throws Conflict when it is another one by now, is going away, or has a node. */
export async function writeBinding(registry: Registry, clock: Clock, entry: Entry, node: string): Promise<void> {
  await registry.modify<Pod>(
    pods,
    entry.namespace,
    entry.name,
    (pod) => {
      const about = { group: '', resource: 'pods' };
      if (pod.metadata.uid !== entry.uid) throw conflict(about, entry.name, 'it is another pod by now');
      if (pod.metadata.deletionTimestamp !== undefined) {
        throw conflict(about, entry.name, `pod ${entry.name} is being deleted, cannot be assigned to a host`);
      }
      if ((pod.spec.nodeName ?? '') !== '') {
        throw conflict(about, entry.name, `pod ${entry.name} is already assigned to node "${pod.spec.nodeName}"`);
      }
      pod.spec.nodeName = node;
      setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, clock.now());
      delete pod.status?.nominatedNodeName;
    },
    { ...schedulerWriter, subresource: 'binding' },
  );
}

/** Says in the status of a Pod why it waits, and which node was promised to it, if any. */
export async function writeUnschedulable(
  registry: Registry,
  clock: Clock,
  entry: Entry,
  { message, nominated }: { readonly message: string; readonly nominated: string | undefined },
): Promise<void> {
  await registry.modify<Pod>(
    pods,
    entry.namespace,
    entry.name,
    (pod) => {
      if (pod.metadata.uid !== entry.uid || (pod.spec.nodeName ?? '') !== '') return;
      setPodCondition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }, clock.now());
      if (nominated !== undefined) pod.status = { ...pod.status, nominatedNodeName: nominated };
      else delete pod.status?.nominatedNodeName;
    },
    { ...schedulerWriter, subresource: 'status' },
  );
}

/** Takes back the promise of a node. */
export async function writeNominationLost(
  registry: Registry,
  namespace: string,
  name: string,
  uid: string,
): Promise<void> {
  await registry.modify<Pod>(
    pods,
    namespace,
    name,
    (pod) => {
      if (pod.metadata.uid === uid) delete pod.status?.nominatedNodeName;
    },
    { ...schedulerWriter, subresource: 'status' },
  );
}

/** Marks a Pod that has to make room for another, and deletes it with its own grace period. */
export async function writeVictim(registry: Registry, clock: Clock, entry: Entry): Promise<void> {
  const { namespace, name, uid } = entry;
  const message = 'default-scheduler: preempting to accommodate a higher priority pod';
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message,
  };
  await registry.modify<Pod>(
    pods,
    namespace,
    name,
    (pod) => {
      if (pod.metadata.uid === uid) setPodCondition(pod, condition, clock.now());
    },
    { ...schedulerWriter, subresource: 'status' },
  );
  await registry.delete(pods, namespace, name, { ...schedulerWriter, preconditions: { uid } });
}
