/** Whether a Pod may go on a node, and if not why, in the words of kube-scheduler. */
import type { PodSpec } from '../api/pod.ts';
import { matchesNode } from '../api/node-affinity.ts';
import type { Load, NodeRoom } from './node-room.ts';
import { tolerates, untolerated } from '../api/tolerations.ts';

/** Why a node is refused. `lasting`: removing Pods from the node would not help. */
export interface Refusal {
  readonly reasons: readonly string[];
  readonly lasting: boolean;
}

/** Refused because the Pod names other nodes. */
export const filteredByName: Refusal = { reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], lasting: true };

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** The rules that only look at the Node object: they hold for every Pod of a template until the node changes. */
export function filterByNode(spec: PodSpec, node: NodeRoom): Refusal | undefined {
  const tolerations = spec.tolerations ?? [];
  if (node.unschedulable && !tolerations.some((one) => tolerates(one, unschedulableTaint))) {
    return { reasons: ['node(s) were unschedulable'], lasting: true };
  }
  const taint = untolerated(node.taints, tolerations, ['NoSchedule', 'NoExecute']);
  if (taint !== undefined) {
    return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], lasting: true };
  }
  if (!matchesNode(spec, node.name, node.labels)) {
    return { reasons: ["node(s) didn't match Pod's node affinity/selector"], lasting: true };
  }
  return undefined;
}

/** True when nothing the Pod asks for is missing on the node: the fast form of `filterByRoom`. */
export function hasRoom(load: Load, node: NodeRoom): boolean {
  const { requests } = load;
  const { allocatable, requested } = node;
  if (node.podCount + 1 > node.maxPods) return false;
  if (requests.cpu > 0 && requests.cpu > allocatable.cpu - requested.cpu) return false;
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory) return false;
  if (requests.storage > 0 && requests.storage > allocatable.storage - requested.storage) return false;
  if (load.ports.length > 0 && !node.ports.free(load.ports)) return false;
  return requests.extended === undefined || missing(load, node).length === 0;
}

function missing(load: Load, node: NodeRoom): string[] {
  const names: string[] = [];
  for (const [name, amount] of load.requests.extended ?? []) {
    const left = (node.allocatable.extended?.get(name) ?? 0) - (node.requested.extended?.get(name) ?? 0);
    if (amount > 0 && amount > left) names.push(name);
  }
  return names;
}

/** The rules that look at what the Pods on the node have taken. */
export function filterByRoom(load: Load, node: NodeRoom): Refusal | undefined {
  if (hasRoom(load, node)) return undefined;
  if (!node.ports.free(load.ports)) {
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], lasting: false };
  }
  const { requests } = load;
  const { allocatable, requested } = node;
  const reasons: string[] = [];
  if (node.podCount + 1 > node.maxPods) reasons.push('Too many pods');
  if (requests.cpu > 0 && requests.cpu > allocatable.cpu - requested.cpu) reasons.push('Insufficient cpu');
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory) {
    reasons.push('Insufficient memory');
  }
  if (requests.storage > 0 && requests.storage > allocatable.storage - requested.storage) {
    reasons.push('Insufficient ephemeral-storage');
  }
  for (const name of missing(load, node)) reasons.push(`Insufficient ${name}`);
  const never =
    requests.cpu > allocatable.cpu ||
    requests.memory > allocatable.memory ||
    requests.storage > allocatable.storage ||
    [...(requests.extended ?? [])].some(([name, amount]) => amount > (allocatable.extended?.get(name) ?? 0));
  return { reasons, lasting: never };
}
