/** What the accounts keep of one Pod. */
import type { Pod } from '../api/pod.ts';
import type { Entry } from '../registry/registry.ts';
import type { Placed } from './cluster.ts';
import type { Load } from './node-room.ts';
import { claimKeys } from './pod-volumes.ts';
import { priorityOf } from './wanted.ts';

/** The Pod as it is placed. */
export function placementOf({ uid, namespace, name, labels }: Entry, pod: Pod, load: Load): Omit<Placed, 'room'> {
  const { affinity } = pod.spec;
  return { uid, namespace, name, labels, load, priority: priorityOf(pod), affinity, claims: claimKeys(pod) };
}
