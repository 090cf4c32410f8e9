/** The taints that follow from what is known of a node. */
import { timestamp } from '../../api/object.ts';
import type { Node } from '../../api/node.ts';
import type { Taint } from '../../api/scheduling.ts';

const prefix = 'node.kubernetes.io/';
const notReadyTaint = `${prefix}not-ready`;
const unreachableTaint = `${prefix}unreachable`;

/** Conditions that keep new Pods away while they are True. */
const pressures: Readonly<Record<string, string>> = {
  MemoryPressure: `${prefix}memory-pressure`,
  DiskPressure: `${prefix}disk-pressure`,
  PIDPressure: `${prefix}pid-pressure`,
  NetworkUnavailable: `${prefix}network-unavailable`,
};

const ownKeys: ReadonlySet<string> = new Set([
  notReadyTaint,
  unreachableTaint,
  `${prefix}unschedulable`,
  ...Object.values(pressures),
]);

/** True for taints this controller puts and takes away; all others belong to the user. */
function isOwn(taint: Taint): boolean {
  const execute = taint.key === notReadyTaint || taint.key === unreachableTaint;
  return ownKeys.has(taint.key) && (taint.effect === 'NoSchedule' || (execute && taint.effect === 'NoExecute'));
}

function due(node: Node, evicts: boolean): Taint[] {
  const found: Taint[] = [];
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find((one) => one.type === 'Ready')?.status;
  if (node.spec.unschedulable === true) found.push({ key: `${prefix}unschedulable`, effect: 'NoSchedule' });
  for (const { type, status } of conditions) {
    const key = pressures[type];
    if (key !== undefined && status === 'True') found.push({ key, effect: 'NoSchedule' });
  }
  if (ready === 'True') return found;
  const key = ready === 'Unknown' ? unreachableTaint : notReadyTaint;
  found.push({ key, effect: 'NoSchedule' });
  // API: a node that never said anything is not evicted from
  if (ready !== undefined && evicts) found.push({ key, effect: 'NoExecute' });
  return found;
}

/**
 * All taints `node` shall have, the user's first as they are. `evicts`: false while no node at all is ready: then the
 * trouble is the hub's own, and nothing is evicted.
 */
export function nodeTaints(node: Node, evicts: boolean, now: number): Taint[] {
  const before = node.spec.taints ?? [];
  const wanted = due(node, evicts);
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const kept = before.filter((taint) => !isOwn(taint) || wanted.some((one) => same(one, taint)));
  const added = wanted.filter((one) => !before.some((taint) => same(one, taint)));
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: timestamp(now) }))];
}
