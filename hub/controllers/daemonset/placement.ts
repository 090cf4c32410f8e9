/** Where Pods of a DaemonSet belong, and what they get so that they land there. */
import { matchesNode } from '../../api/node-affinity.ts';
import type { Pod, PodSpec } from '../../api/pod.ts';
import type { Taint, Toleration } from '../../api/scheduling.ts';
import { untolerated } from '../../api/tolerations.ts';

/** What a node means to a DaemonSet. `keep`: a Pod that runs there may stay, though none would be started. */
export interface Belongs {
  readonly run: boolean;
  readonly keep: boolean;
}

const node = 'node.kubernetes.io/';

function tolerated(key: string, effect: string): Toleration {
  return { key: node + key, operator: 'Exists', effect };
}

/** API: a daemon stays on a node that is lost or under pressure, and starts on one that is cordoned. */
const daemonTolerations: readonly Toleration[] = [
  tolerated('not-ready', 'NoExecute'),
  tolerated('unreachable', 'NoExecute'),
  tolerated('disk-pressure', 'NoSchedule'),
  tolerated('memory-pressure', 'NoSchedule'),
  tolerated('pid-pressure', 'NoSchedule'),
  tolerated('unschedulable', 'NoSchedule'),
];
const hostNetworkToleration = tolerated('network-unavailable', 'NoSchedule');

/** The tolerations of `spec` with those every daemon has. */
export function withDaemonTolerations(spec: PodSpec): Toleration[] {
  const list = [...(spec.tolerations ?? [])];
  const added = spec.hostNetwork === true ? [...daemonTolerations, hostNetworkToleration] : daemonTolerations;
  for (const one of added) {
    const known = list.some(
      (other) =>
        other.key === one.key &&
        other.effect === one.effect &&
        other.operator === one.operator &&
        (other.value ?? '') === '',
    );
    if (!known) list.push({ ...one });
  }
  return list;
}

/** Whether `on` is a node for a Pod of this spec (with daemon tolerations). */
export function belongs(
  spec: PodSpec,
  on: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly taints: readonly Taint[] },
): Belongs {
  const { name, labels, taints } = on;
  if ((spec.nodeName ?? '') !== '' && spec.nodeName !== name) return { run: false, keep: false };
  if (!matchesNode(spec, name, labels)) return { run: false, keep: false };
  const tolerations = spec.tolerations ?? [];
  if (untolerated(taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined) return { run: true, keep: true };
  return { run: false, keep: untolerated(taints, tolerations, ['NoExecute']) === undefined };
}

/** Makes the scheduler put a Pod on exactly this node. API: every required term gets metadata.name as its only field. */
export function pinTo(spec: PodSpec, name: string): void {
  const field = [{ key: 'metadata.name', operator: 'In', values: [name] }];
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const pinned = terms.length === 0 ? [{ matchFields: field }] : terms.map((term) => ({ ...term, matchFields: field }));
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: pinned } },
  };
}

/** The node a Pod is on, or is pinned to while it waits for the scheduler. */
export function targetNode(pod: Pod): string | undefined {
  if ((pod.spec.nodeName ?? '') !== '') return pod.spec.nodeName;
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const term of terms) {
    const field = term.matchFields?.find((one) => one.key === 'metadata.name' && one.operator === 'In');
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}
