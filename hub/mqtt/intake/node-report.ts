/** What a Node becomes by its agent's report: pure. */
import type { NodeReport } from '../../api/link.ts';
import type { Node, NodeCondition, NodeStatus } from '../../api/node.ts';
import { timestamp } from '../../api/object.ts';

/** Labels a node may never give itself (NodeRestriction). */
const restricted = /(^|\.)node-restriction\.kubernetes\.io\//;

/** Labels that state measured facts and follow the node; those a user chose at `join` are only set when the Node is made. */
const factual = /^([^/]*\.)?(kubernetes|coracle)\.io\//;

/** The Node object as its first report makes it. */
export function newNode(name: string, report: NodeReport): Node {
  const { annotations, taints, unschedulable } = report;
  const labels = allowedLabels(report.labels ?? {}, () => true);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels }, ...(annotations ? { annotations } : {}) },
    spec: { ...(taints ? { taints } : {}), ...(unschedulable === true ? { unschedulable } : {}) },
    status: report.status ?? {},
  };
}

/** Sets the labels and annotations of a report on a Node in place; true when something changed. */
export function applyNodeMeta(node: Node, report: NodeReport): boolean {
  const labels = allowedLabels(report.labels ?? {}, (key) => factual.test(key));
  const metadata = node.metadata;
  let changed = false;
  for (const [field, values] of [['labels', labels] as const, ['annotations', report.annotations ?? {}] as const]) {
    for (const [key, value] of Object.entries(values)) {
      if (metadata[field]?.[key] === value) continue;
      metadata[field] = { ...metadata[field], [key]: value };
      changed = true;
    }
  }
  return changed;
}

/**
 * Merges a report, whole or in parts, into a status. `now` is Unix milliseconds. API: extended resources somebody else gave
 * the node stay in its capacity, and what it has of them may be given away.
 */
export function mergeNodeStatus(old: NodeStatus | undefined, reported: NodeStatus, now: number): NodeStatus {
  const { conditions, volumesAttached: _hubs, ...rest } = reported;
  const merged: NodeStatus = { ...old, ...rest };
  const given = extended(old?.capacity);
  if (rest.capacity !== undefined) merged.capacity = { ...given, ...rest.capacity };
  if (rest.allocatable !== undefined) merged.allocatable = { ...given, ...rest.allocatable };
  if (conditions !== undefined) merged.conditions = mergeNodeConditions(old?.conditions ?? [], conditions, now);
  return merged;
}

/** Names with a domain that is not Kubernetes' own. */
function extended(list: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(list ?? {}).filter(([name]) => /^(?!([^/]*\.)?kubernetes\.io\/).+\//.test(name)),
  );
}

function mergeNodeConditions(
  old: readonly NodeCondition[],
  reported: readonly NodeCondition[],
  now: number,
): NodeCondition[] {
  const merged = [...old];
  for (const condition of reported) {
    const at = merged.findIndex(({ type }) => type === condition.type);
    const before = merged[at];
    if (before === undefined) merged.push({ lastTransitionTime: timestamp(now), ...condition });
    else if (!sameCondition(before, condition)) {
      const moved = before.status !== condition.status || before.lastTransitionTime === undefined;
      const lastTransitionTime = moved ? (condition.lastTransitionTime ?? timestamp(now)) : before.lastTransitionTime;
      merged[at] = { ...condition, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) };
    }
  }
  return merged;
}

/** A heartbeat alone is not worth a write: the link says that the node lives. */
function sameCondition(one: NodeCondition, other: NodeCondition): boolean {
  return one.status === other.status && one.reason === other.reason && one.message === other.message;
}

const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** The conditions of a Node whose agent is not heard, with Kubernetes' own reasons; undefined when they say so already. */
export function unknownConditions(node: Node, now: number): NodeCondition[] | undefined {
  const time = timestamp(now);
  const conditions = [...(node.status?.conditions ?? [])];
  let changed = false;
  for (const type of watched) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const before = conditions[at];
    if (before?.status === 'Unknown') continue;
    changed = true;
    const reason = before === undefined ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown';
    const message = before === undefined ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.';
    const next: NodeCondition = { ...before, type, status: 'Unknown', reason, message, lastTransitionTime: time };
    if (before === undefined) conditions.push({ ...next, lastHeartbeatTime: node.metadata.creationTimestamp ?? time });
    else conditions[at] = next;
  }
  return changed ? conditions : undefined;
}

function allowedLabels(labels: Record<string, string>, allowed: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !restricted.test(key) && allowed(key)));
}
