/** Topology spread constraints: Pods of one kind shared out evenly over zones, hosts or whatever nodes are labelled with. */
import type { Pod } from '../../api/pod.ts';
import type { TopologySpreadConstraint } from '../../api/scheduling.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import { matchesNode } from '../../api/node-affinity.ts';
import type { Refusal } from '../filter.ts';
import { type Crowd, inCrowd, type Neighbours, narrowed } from './neighbours.ts';
import type { NodeRoom } from '../node-room.ts';
import type { NeighbourRule } from '../select.ts';
import { untolerated } from '../../api/tolerations.ts';

const unlabelled: Refusal = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  lasting: true,
};
const uneven: Refusal = { reasons: ["node(s) didn't match pod topology spread constraints"], lasting: false };

interface Spread {
  readonly key: string;
  readonly maxSkew: number;
  readonly self: number;
  readonly sums: ReadonlyMap<string, number>;
  readonly least: number;
  readonly hard: boolean;
}

const weightOfPlugin = 2;

/** API: nodes the Pod could not use for other reasons do not count (nodeAffinityPolicy Honor, nodeTaintsPolicy Ignore unless said). */
function counts(constraint: TopologySpreadConstraint, pod: Pod, node: NodeRoom): boolean {
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNode(pod.spec, node.name, node.labels)) return false;
  return (
    constraint.nodeTaintsPolicy !== 'Honor' ||
    untolerated(node.taints, pod.spec.tolerations ?? [], ['NoSchedule', 'NoExecute']) === undefined
  );
}

function prepare(
  neighbours: Neighbours,
  pod: Pod,
  constraint: TopologySpreadConstraint,
  keys: readonly string[],
): Spread {
  const labels = pod.metadata.labels ?? {};
  const namespace = pod.metadata.namespace ?? '';
  const selector = narrowed(constraint.labelSelector, labels, { match: constraint.matchLabelKeys });
  const crowd: Crowd = { namespaces: new Set([namespace]), labels: labelSelectorMatcher(selector) };
  const found = neighbours.counts(crowd);
  const sums = new Map<string, number>();
  for (const node of neighbours.cluster.nodes) {
    const value = node.labels[constraint.topologyKey];
    if (value === undefined || keys.some((key) => node.labels[key] === undefined)) continue;
    if (counts(constraint, pod, node)) sums.set(value, (sums.get(value) ?? 0) + (found.get(node) ?? 0));
  }
  const few = sums.size < (constraint.minDomains ?? 1);
  return {
    key: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    self: inCrowd(crowd, namespace, labels) ? 1 : 0,
    sums,
    least: few ? 0 : Math.min(...sums.values()),
    hard: constraint.whenUnsatisfiable !== 'ScheduleAnyway',
  };
}

function refuse(spreads: readonly Spread[], node: NodeRoom): Refusal | undefined {
  for (const spread of spreads) {
    const value = node.labels[spread.key];
    if (value === undefined) return unlabelled;
    if ((spread.sums.get(value) ?? 0) + spread.self - spread.least > spread.maxSkew) return uneven;
  }
  return undefined;
}

/** The rule that the constraints of `pod` make. */
export function spreadRule(neighbours: Neighbours, pod: Pod): NeighbourRule {
  const constraints = pod.spec.topologySpreadConstraints ?? [];
  const keysOf = (hard: boolean) =>
    constraints.filter((one) => (one.whenUnsatisfiable !== 'ScheduleAnyway') === hard).map((one) => one.topologyKey);
  const hardKeys = keysOf(true);
  const softKeys = keysOf(false);
  const spreads = constraints.map((one) =>
    prepare(neighbours, pod, one, one.whenUnsatisfiable === 'ScheduleAnyway' ? softKeys : hardKeys),
  );
  const hard = spreads.filter((spread) => spread.hard);
  const soft = spreads.filter((spread) => !spread.hard);
  return {
    refuse: (node) => refuse(hard, node),
    scores(nodes) {
      if (soft.length === 0) return [];
      const crowding = nodes.map((node) =>
        soft.reduce((sum, spread) => sum + (spread.sums.get(node.labels[spread.key] ?? '') ?? 0) / spread.maxSkew, 0),
      );
      const most = Math.max(...crowding);
      return crowding.map((value) => (most === 0 ? 0 : (weightOfPlugin * 100 * (most - value)) / most));
    },
  };
}
