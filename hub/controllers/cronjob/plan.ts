/** What a CronJob does next: keeps its books on the Jobs it has, and starts one when it is time. */
import type { CronJob, CronJobStatus, Job } from '../../api/batch.ts';
import type { ObjectReference } from '../../api/object.ts';
import { timestamp } from '../../api/object.ts';
import { finalCondition } from '../job/conditions.ts';
import { type Schedule, zonedTimestamp } from './schedule.ts';

/** Something to tell. */
export interface Note {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The books after a look at the Jobs, and those beyond the history limits. */
export interface Books {
  readonly status: CronJobStatus;
  readonly surplus: readonly Job[];
  readonly notes: readonly Note[];
}

const normal = (reason: string, message: string): Note => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): Note => ({ type: 'Warning', reason, message });

const uidOf = (job: Job): string => job.metadata.uid ?? '';

/** The reference `status.active` holds. */
export function referenceTo(job: Job): ObjectReference {
  const { name = '', namespace = '', uid = '', resourceVersion } = job.metadata;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  return { kind: 'Job', namespace, name, uid, apiVersion: 'batch/v1', ...version };
}

function ended(jobs: readonly Job[], type: 'Complete' | 'Failed'): Job[] {
  const started = (job: Job): string => job.status?.startTime ?? '~';
  return jobs
    .filter((job) => finalCondition(job.status)?.type === type)
    .sort(
      (a, b) => started(a).localeCompare(started(b)) || (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''),
    );
}

function beyond(jobs: readonly Job[], limit: number | undefined): readonly Job[] {
  return limit === undefined ? [] : jobs.slice(0, Math.max(0, jobs.length - limit));
}

/** Goes through the Jobs. */
export function keepBooks(cronJob: CronJob, jobs: readonly Job[]): Books {
  const { spec } = cronJob;
  const notes: Note[] = [];
  const byUid = new Map(jobs.map((job) => [uidOf(job), job]));
  const active: ObjectReference[] = [];
  for (const reference of cronJob.status?.active ?? []) {
    const job = byUid.get(reference.uid ?? '');
    const final = finalCondition(job?.status);
    if (job === undefined) notes.push(normal('MissingJob', `Active job went missing: ${reference.name}`));
    else if (final !== undefined) {
      notes.push(normal('SawCompletedJob', `Saw completed job: ${reference.name}, condition: ${final.type}`));
    } else active.push(reference);
  }
  const known = new Set(active.map((one) => one.uid));
  for (const job of jobs) {
    if (known.has(uidOf(job)) || finalCondition(job.status) !== undefined) continue;
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    notes.push(warning('UnexpectedJob', message));
  }
  const complete = ended(jobs, 'Complete');
  const failed = ended(jobs, 'Failed');
  const times = complete.map((job) => job.status?.completionTime ?? '');
  const lastSuccess = [cronJob.status?.lastSuccessfulTime ?? '', ...times].sort().at(-1) ?? '';
  const { active: _active, lastSuccessfulTime: _last, ...others } = cronJob.status ?? {};
  return {
    status: {
      ...(active.length === 0 ? {} : { active }),
      ...others,
      ...(lastSuccess === '' ? {} : { lastSuccessfulTime: lastSuccess }),
    },
    surplus: [...beyond(complete, spec.successfulJobsHistoryLimit), ...beyond(failed, spec.failedJobsHistoryLimit)],
    notes,
  };
}

/** What to start. `replace`: Jobs that have to make room first. */
export interface Start {
  readonly due: number;
  readonly name: string;
  readonly replace: readonly ObjectReference[];
}

/** When the next look is needed, what to start now, and what to tell. */
export interface Turn {
  readonly start: Start | undefined;
  readonly again: number | undefined;
  readonly notes: readonly Note[];
}

/** API: more than these and somebody should know. */
const manyMissed = 100;

function tooMany(schedule: Schedule, earliest: number, now: number): boolean {
  const first = schedule.next(earliest);
  const second = first === undefined ? undefined : schedule.next(first);
  if (first === undefined || second === undefined || second > now) return false;
  return Math.floor((now - first) / (second - first)) + 1 > manyMissed;
}

/** RFC 1123 with a numeric zone. */
const dated = (time: number): string => new Date(time).toUTCString().replace('GMT', '+0000');

/** The Job of a time is named after its minute: whoever makes it twice fails. */
const jobNameAt = (cronJob: CronJob, due: number): string => `${cronJob.metadata.name}-${Math.floor(due / 60_000)}`;

/** Whether it is time. `status`: the books. */
export function takeTurn(cronJob: CronJob, status: CronJobStatus, schedule: Schedule, now: number): Turn {
  const { spec, metadata } = cronJob;
  const following = schedule.next(now);
  const again = following === undefined ? undefined : Math.max(1, following - now);
  const idle = (...notes: Note[]): Turn => ({ start: undefined, again, notes });
  if (spec.suspend === true) return { start: undefined, again: undefined, notes: [] };
  const scheduled = Date.parse(status.lastScheduleTime ?? '');
  const deadline = spec.startingDeadlineSeconds;
  const since = scheduled > 0 ? scheduled : Date.parse(metadata.creationTimestamp ?? '');
  const earliest = deadline === undefined ? since : Math.max(since, now - deadline * 1000);
  const due = schedule.last(earliest, now);
  if (due === undefined) return idle();
  const notes: Note[] = [];
  if (tooMany(schedule, earliest, now)) {
    const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    notes.push(warning('TooManyMissedTimes', `too many missed start times. ${advice}`));
  }
  if (deadline !== undefined && due + deadline * 1000 < now) {
    return idle(...notes, warning('MissSchedule', `Missed scheduled time to start a job: ${dated(due)}`));
  }
  const name = jobNameAt(cronJob, due);
  const active = status.active ?? [];
  if (due === scheduled || active.some((one) => one.name === name)) return idle(...notes);
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return idle(...notes, normal('JobAlreadyActive', message));
  }
  return { start: { due, name, replace: spec.concurrencyPolicy === 'Replace' ? active : [] }, again, notes };
}

/** The Job of a time; its owner is set by the caller. */
export function jobAt(cronJob: CronJob, start: Start): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const scheduled = zonedTimestamp(start.due, cronJob.spec.timeZone ?? 'UTC');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: start.name,
      ...(metadata?.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': scheduled },
    },
    ...(spec === undefined ? {} : { spec: structuredClone(spec) }),
  };
}

/** The books after a start. */
export function withStarted(status: CronJobStatus, start: Start, job: Job): CronJobStatus {
  const gone = new Set(start.replace.map((one) => one.uid));
  const active = (status.active ?? []).filter((one) => !gone.has(one.uid));
  return { ...status, active: [...active, referenceTo(job)], lastScheduleTime: timestamp(start.due) };
}
