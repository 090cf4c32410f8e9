/** The conditions of a Job: interim ones, which say how it will end, and final ones. */
import type { JobCondition, JobStatus } from '../../api/batch.ts';
import { timestamp } from '../../api/object.ts';

/** How a Job will end. */
export interface Ending {
  readonly type: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

/** The condition of a type, when it is True. */
function trueCondition(status: JobStatus | undefined, type: string): JobCondition | undefined {
  return status?.conditions?.find((one) => one.type === type && one.status === 'True');
}

/** The condition that says the Job has ended, when it has. */
export function finalCondition(status: JobStatus | undefined): JobCondition | undefined {
  return trueCondition(status, 'Complete') ?? trueCondition(status, 'Failed');
}

/** The ending that was announced before. Success, once announced, stays. */
export function announcedEnding(status: JobStatus | undefined): Ending | undefined {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const found = trueCondition(status, type);
    if (found !== undefined) return { type, reason: found.reason ?? '', message: found.message ?? '' };
  }
  return undefined;
}

/** The conditions after one of them is set; the same array when nothing changes. A new one that is False is not said. */
export function withCondition(
  conditions: readonly JobCondition[],
  said: Pick<JobCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): readonly JobCondition[] {
  const before = conditions.find((one) => one.type === said.type);
  if (before === undefined && said.status === 'False') return conditions;
  const same = before?.status === said.status && before.reason === said.reason && before.message === said.message;
  if (same) return conditions;
  const time = timestamp(now);
  const lastTransitionTime = before?.status === said.status ? (before.lastTransitionTime ?? time) : time;
  const next: JobCondition = { ...said, lastProbeTime: time, lastTransitionTime };
  return before === undefined ? [...conditions, next] : conditions.map((one) => (one === before ? next : one));
}

/** The final condition an ending leads to. */
export function finalOf(ending: Ending): Pick<JobCondition, 'type' | 'status' | 'reason' | 'message'> {
  const type = ending.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed';
  return { type, status: 'True', reason: ending.reason, message: ending.message };
}
