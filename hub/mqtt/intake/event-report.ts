/** Events of nodes as core/v1 Event objects. */
import type { Event } from '../../api/config.ts';
import type { EventReport } from '../../api/link.ts';

/** The Event a report stands for. */
export function newEvent(node: string, report: EventReport): Event {
  const { regarding } = report;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: report.name, namespace: report.namespace },
    involvedObject: { apiVersion: 'v1', ...regarding },
    reason: report.reason,
    message: report.message,
    source: { component: report.component, host: node },
    firstTimestamp: wholeSecond(report.first),
    lastTimestamp: wholeSecond(report.last),
    count: report.count,
    type: report.type,
    reportingComponent: report.component,
    reportingInstance: node,
  };
}

/** Brings an Event the node wrote before up to date, in place. */
export function repeatEvent(event: Event, node: string, report: EventReport): void {
  if (event.source?.host !== node) return;
  event.count = Math.max(event.count ?? 0, report.count);
  event.lastTimestamp = wholeSecond(report.last);
  event.message = report.message;
}

/** An Event lies in the namespace of what it is about (`default` for the Node) and is named after it. */
export function plausibleEvent(node: string, report: EventReport): boolean {
  const { kind, name, namespace = '' } = report.regarding;
  if (!report.name.startsWith(`${name}.`)) return false;
  if (kind === 'Node') return name === node && report.namespace === 'default';
  return kind === 'Pod' && namespace === report.namespace;
}

/** These times of core/v1 know no fractions; clients that read them strictly take no others. */
function wholeSecond(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
