/** What of a node's report the hub does not know yet: pure. */
import type { NodeReport } from '../../hub/api/link.ts';
import type { NodeStatus } from '../../hub/api/node.ts';
import { sameJson } from '../../hub/api/same-json.ts';

/** A report with the parts of a newer one laid over it: maps by key, status by field. */
export function mergeNodeReport(old: NodeReport | undefined, newer: NodeReport): NodeReport {
  if (old === undefined) return newer;
  const merged: NodeReport = { ...old, ...newer };
  if (old.labels !== undefined && newer.labels !== undefined) merged.labels = { ...old.labels, ...newer.labels };
  if (old.annotations !== undefined && newer.annotations !== undefined) {
    merged.annotations = { ...old.annotations, ...newer.annotations };
  }
  if (old.status !== undefined && newer.status !== undefined) merged.status = { ...old.status, ...newer.status };
  return merged;
}

/** The parts of `now` that differ from what the hub was told, or undefined when there are none. */
export function nodeDifference(told: NodeReport | undefined, now: NodeReport): NodeReport | undefined {
  if (told === undefined) return now;
  const difference: NodeReport = {};
  const labels = changed(told.labels, now.labels);
  if (labels !== undefined) difference.labels = labels;
  const annotations = changed(told.annotations, now.annotations);
  if (annotations !== undefined) difference.annotations = annotations;
  const status = changed<NodeStatus>(told.status, now.status);
  if (status !== undefined) difference.status = status;
  return Object.keys(difference).length === 0 ? undefined : difference;
}

function changed<T extends object>(told: T | undefined, now: T | undefined): T | undefined {
  if (now === undefined) return undefined;
  const entries = Object.entries(now).filter(
    ([key, value]) => !sameJson((told as Record<string, unknown>)?.[key], value),
  );
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
