/** Tells why a Pod waits: in an event, and in its status. */
import { isConflict, isNotFound } from '../api/errors.ts';
import type { Pod } from '../api/pod.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { EventRecorder } from '../registry/event-recorder.ts';
import type { Entry, Registry } from '../registry/registry.ts';
import { writeUnschedulable } from './write.ts';

/** What it takes to tell. */
export interface ComplaintOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
}

/** What is told. `nominated`: the node promised to the Pod, if any. */
export interface Complaint {
  readonly message: string;
  readonly nominated: string | undefined;
}

function isSaid(pod: Pod, { message, nominated }: Complaint): boolean {
  const condition = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  const same = condition?.status === 'False' && condition.reason === 'Unschedulable' && condition.message === message;
  return same && (pod.status?.nominatedNodeName ?? '') === (nominated ?? '');
}

/** Tells it. The status is written only when it says something else. */
export function complain(options: ComplaintOptions, entry: Entry, pod: Pod, complaint: Complaint): void {
  const { registry, clock, log, recorder } = options;
  const { message } = complaint;
  recorder.record({ about: pod, type: 'Warning', reason: 'FailedScheduling', message, action: 'Scheduling' });
  if (isSaid(pod, complaint)) return;
  writeUnschedulable(registry, clock, entry, complaint).catch((error: unknown) => {
    if (isNotFound(error) || isConflict(error)) return;
    log.warn({ pod: `${entry.namespace}/${entry.name}`, error: String(error) }, 'could not say why a pod waits');
  });
}
