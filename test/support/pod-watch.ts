/** A watch on Pods that counts after every event, as a client sees them: how few were available, how many there were. */
import type { Pod } from '../../hub/api/pod.ts';
import type { ApiClient, WatchedEvent } from './api-client.ts';

/** What was seen since `begin`. */
export interface PodCounts {
  /** The fewest Pods that were ready and not on their way out. */
  least: number;
  /** The most that were not on their way out. */
  most: number;
  /** Pods that were made. */
  readonly made: Set<string>;
}

/** The watch. */
export interface PodWatch {
  /** The Pods there are now, by name. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Counts from the state now. */
  begin(): PodCounts;
  close(): void;
}

const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
const isReady = (pod: Pod): boolean =>
  !isLeaving(pod) && pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

/** Follows the Pods of the default namespace with a label. */
export function watchPods(client: ApiClient, label: string): PodWatch {
  const pods = new Map<string, Pod>();
  let counts: PodCounts = { least: 0, most: 0, made: new Set() };
  const count = (): void => {
    const all = [...pods.values()];
    counts.least = Math.min(counts.least, all.filter(isReady).length);
    counts.most = Math.max(counts.most, all.filter((pod) => !isLeaving(pod)).length);
  };
  const take = ({ type, object }: WatchedEvent): void => {
    const pod = object as unknown as Pod;
    const name = pod.metadata.name ?? '';
    if (type === 'DELETED') pods.delete(name);
    else pods.set(name, pod);
    if (type === 'ADDED') counts.made.add(name);
    count();
  };
  const path = `/api/v1/namespaces/default/pods?watch=true&labelSelector=${encodeURIComponent(label)}`;
  const { close } = client.watch(path, take);
  return {
    pods,
    begin() {
      counts = { least: Number.POSITIVE_INFINITY, most: 0, made: new Set() };
      count();
      return counts;
    },
    close,
  };
}
