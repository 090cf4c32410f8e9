/** Tells of crash back-offs, once an attempt. */
import { casesOf } from './plan/case.ts';
import { crashWait } from './plan/crash-backoff.ts';
import type { PodEvents } from './events.ts';
import type { PodRecord } from './pod-record.ts';
import type { Situation } from './situation.ts';

/** Reports an event for each container that has begun to wait. */
export function tellBackoff(events: PodEvents, record: PodRecord, situation: Situation): void {
  const newest = new Set(Object.values(record.checkpoint.containers).map(({ id }) => id));
  for (const id of record.told) if (!newest.has(id)) record.told.delete(id);
  for (const { container, known } of casesOf(situation)) {
    if (known.phase !== 'exited' || known.lost || known.stale || record.told.has(known.checkpoint.id)) continue;
    const { backoff, id } = known.checkpoint;
    if (crashWait(backoff, known.finishedAt, situation.now) === undefined) continue;
    record.told.add(id);
    // without the delay, so that all of them are one Event that is counted up
    const { name, namespace, uid } = record.checkpoint;
    const message = `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`;
    events.report(record.pod, { type: 'Warning', reason: 'BackOff', message, container: container.name });
  }
}
