/** What the accounts keep of one Pod. */
import { hasEnded } from '../api/pod-phase.ts';
import type { Pod } from '../api/pod.ts';
import type { Entry } from '../registry/registry.ts';
import type { Placed } from './cluster.ts';
import type { Load } from './node-room.ts';
import type { PodClasses } from './pod-class.ts';
import { claimKeys } from './volumes/pod-volumes.ts';
import { priorityOf } from './wanted.ts';

/** The Pod as it is placed. */
export function placementOf({ uid, namespace, name, labels }: Entry, pod: Pod, load: Load): Omit<Placed, 'room'> {
  const { affinity } = pod.spec;
  return { uid, namespace, name, labels, load, priority: priorityOf(pod), affinity, claims: claimKeys(pod) };
}

/**
 * The placement and node of a Pod that has no demands but room, which is most of them, without parsing it; an empty node
 * for one that takes none any more. Undefined for every other Pod.
 */
export function plainPlacement(
  entry: Entry,
  classes: PodClasses,
): (Omit<Placed, 'room'> & { readonly node: string }) | undefined {
  const { uid, namespace, name, labels, pod } = entry;
  if (pod === undefined || pod.hasAffinity || pod.hasClaims) return undefined;
  const ended = hasEnded(pod.phase);
  if (pod.node === '' && !ended) return undefined;
  const load = classes.loadOf(pod.asks, () => entry.object<Pod>());
  const { priority } = pod;
  return { uid, namespace, name, labels, load, priority, affinity: undefined, node: ended ? '' : pod.node };
}
