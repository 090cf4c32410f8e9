/** What is wrong with the status of a Job. API: most rules are asked only when what they are about has changed. */
import { type Job, type JobCondition, type JobStatus, ownJobManager } from '../../api/batch.ts';
import { duplicate, type FieldError, invalid, required, valueless } from '../../api/field-error.ts';
import { immutableText, sameValue } from '../field-checks.ts';
import { overlap, readIndexes } from './index-list.ts';
import { validateStatusCounts } from './validate-template.ts';

type ConditionType = JobCondition['type'];

/** A status and what its conditions say. */
interface View {
  readonly status: JobStatus;
  readonly is: (type: ConditionType) => boolean;
  readonly finished: boolean;
}

function viewOf(job: Job): View {
  const status = job.status ?? {};
  const is = (type: ConditionType): boolean =>
    status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  return { status, is, finished: is('Complete') || is('Failed') };
}

/** Both statuses. */
interface Change {
  readonly job: Job;
  readonly now: View;
  readonly before: View;
  readonly errors: FieldError[];
}

const differs = ({ now, before }: Change, ...fields: (keyof JobStatus)[]): boolean =>
  fields.some((field) => (now.status[field] ?? '') !== (before.status[field] ?? ''));

const turns = ({ now, before }: Change, ...types: ConditionType[]): boolean =>
  types.some((type) => now.is(type) !== before.is(type));

const finishes = ({ now, before }: Change): boolean => now.finished !== before.finished;

const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

/**
 * True when another controller than ours writes the status. API: the start of a Job that runs stays. The conformance list has
 * clients set another one for Jobs of the usual controller, so it is asked of the others only.
 */
const isOfOthers = ({ spec }: Job): boolean => (spec?.managedBy ?? ownJobManager) !== ownJobManager;

const conditions = 'status.conditions';

/** A moment as Go prints it. */
const shownTime = (time: string): string => `${time.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} +0000 UTC`;

function badTime(field: string, time: string, why: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${shownTime(time)}: ${why}` };
}

/** API: a Pod is counted once. */
function validateUncounted(status: JobStatus, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const field of ['succeeded', 'failed'] as const) {
    status.uncountedTerminatedPods?.[field]?.forEach((uid, index) => {
      const path = `status.uncountedTerminatedPods.${field}[${index}]`;
      if (uid === '') errors.push(invalid(path, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(path, uid));
      seen.add(uid);
    });
  }
}

/** Success and failure at once. */
function validateEndings(change: Change): void {
  const { now, errors } = change;
  if (!now.is('Complete')) return;
  if (turns(change, 'Complete', 'Failed') && now.is('Failed')) {
    errors.push(valueless(conditions, 'cannot set Complete=True and Failed=true conditions'));
  }
  if (turns(change, 'Complete', 'FailureTarget') && now.is('FailureTarget')) {
    errors.push(valueless(conditions, 'cannot set Complete=True and FailureTarget=true conditions'));
  }
}

function validateCompletionTime(change: Change): void {
  const { now, errors } = change;
  const { completionTime, startTime } = now.status;
  const path = 'status.completionTime';
  if (turns(change, 'Complete') || differs(change, 'completionTime')) {
    if (completionTime && !now.is('Complete')) {
      errors.push(badTime(path, completionTime, 'cannot set completionTime when there is no Complete=True condition'));
    }
    if (!completionTime && now.is('Complete')) {
      errors.push(required(path, 'completionTime is required for Complete jobs'));
    }
  }
  if (!completionTime || !startTime || !differs(change, 'startTime', 'completionTime')) return;
  if (Date.parse(completionTime) < Date.parse(startTime)) {
    errors.push(badTime(path, completionTime, 'must be equal to or after `startTime`'));
  }
}

/** API: how a Job ends is announced before it has ended. */
function validateAnnounced(change: Change): void {
  const { now, errors } = change;
  const failed = turns(change, 'Failed') || differs(change, 'failedIndexes');
  if (failed && now.is('Failed') && !now.is('FailureTarget')) {
    errors.push(valueless(conditions, 'cannot set Failed=True condition without the FailureTarget=true condition'));
  }
  if (turns(change, 'Complete', 'SuccessCriteriaMet') && now.is('Complete') && !now.is('SuccessCriteriaMet')) {
    errors.push(
      valueless(conditions, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    );
  }
}

/** API: a Job that has ended runs nothing and has counted all. */
function validateFinished(change: Change): void {
  const { job, now, before, errors } = change;
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = now.status;
  if (!now.finished) return;
  if (active > 0 && (finishes(change) || differs(change, 'active'))) {
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  }
  const neverRan = job.spec?.suspend === true && job.spec.completions === 0;
  if (!startTime && !neverRan && (finishes(change) || differs(change, 'startTime'))) {
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  }
  const isLeft = (uncounted?.succeeded?.length ?? 0) + (uncounted?.failed?.length ?? 0) > 0;
  if (isLeft && (finishes(change) || !sameValue(uncounted, before.status.uncountedTerminatedPods))) {
    errors.push(invalid('status.uncountedTerminatedPods', uncounted, 'must be empty for finished job'));
  }
}

function validateIndexes(change: Change): void {
  const { job, now, errors } = change;
  const { completions, backoffLimitPerIndex } = job.spec ?? {};
  const { completedIndexes: completed = '', failedIndexes: failed } = now.status;
  const isCompletedNew = differs(change, 'completedIndexes');
  const isFailedNew = (failed ?? null) !== (change.before.status.failedIndexes ?? null);
  const completedAt = 'status.completedIndexes';
  const failedAt = 'status.failedIndexes';
  if (isCompletedNew && completions !== undefined) {
    const read = readIndexes(completed, completions);
    if (typeof read === 'string') {
      errors.push(invalid(completedAt, completed, `error parsing completedIndexes: ${read}`));
    }
  }
  if (isFailedNew && completions !== undefined && backoffLimitPerIndex !== undefined && failed !== undefined) {
    const read = readIndexes(failed, completions);
    if (typeof read === 'string') errors.push(invalid(failedAt, failed, `error parsing failedIndexes: ${read}`));
  }
  if (isCompletedNew && completed !== '' && !isIndexed(job)) {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid(completedAt, completed, why));
  }
  if (failed === undefined) return;
  if (isFailedNew && backoffLimitPerIndex === undefined) {
    errors.push(invalid(failedAt, failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'));
  }
  if (completions === undefined || !(isFailedNew || isCompletedNew)) return;
  const both = overlap(completed, failed, completions);
  if (both === undefined) return;
  errors.push(invalid(failedAt, failed, `failedIndexes and completedIndexes overlap at index: ${both}`));
}

function validateRunning(change: Change): void {
  const { now, errors } = change;
  const { active = 0, ready, terminating = 0 } = now.status;
  if (terminating > 0 && now.finished && (finishes(change) || differs(change, 'terminating'))) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if (ready !== undefined && ready > active && differs(change, 'ready', 'active')) {
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  }
}

/** API: success, once met, excludes failure. */
function validateSuccess({ job, now, errors }: Change): void {
  if (now.is('SuccessCriteriaMet')) {
    for (const other of ['Failed', 'FailureTarget'] as const) {
      if (!now.is(other)) continue;
      errors.push(valueless(conditions, `cannot set SuccessCriteriaMet=True and ${other}=true conditions`));
    }
  } else if (job.spec?.successPolicy !== undefined && now.is('Complete')) {
    const why = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True';
    errors.push(valueless(conditions, why));
  }
}

/** API: what was said of an end is not taken back, and nothing is uncounted. */
function validateProgress(change: Change): void {
  const { job, now, before, errors } = change;
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const) {
    if (before.is(type) && !now.is(type)) {
      errors.push(valueless(conditions, `cannot disable the terminal ${type}=True condition`));
    }
  }
  const { failed = 0, succeeded = 0, completionTime, startTime } = now.status;
  if (failed < (before.status.failed ?? 0)) {
    errors.push(invalid('status.failed', failed, 'cannot decrease the failed counter'));
  }
  const isElastic = isIndexed(job) && job.spec?.completions === job.spec?.parallelism;
  if (succeeded < (before.status.succeeded ?? 0) && !isElastic) {
    errors.push(invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'));
  }
  if (completionTime && before.status.completionTime && completionTime !== before.status.completionTime) {
    errors.push(badTime('status.completionTime', completionTime, immutableText));
  }
  if (!isOfOthers(job) || job.spec?.suspend === true) return;
  const resumes = before.is('Suspended') && !now.is('Suspended');
  if (before.status.startTime && startTime !== before.status.startTime && !resumes) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
}

function validateSuccessChange({ now, before, errors }: Change): void {
  const met = 'SuccessCriteriaMet';
  if (before.is(met) && !now.is(met)) {
    errors.push(valueless(conditions, 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  if (before.is('Complete') && !before.is(met) && now.is(met)) {
    const why = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.push(valueless(conditions, why));
  }
}

/** What is wrong with the status the job controller, or another one, writes. */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const errors: FieldError[] = [];
  const change: Change = { job, now: viewOf(job), before: viewOf(old), errors };
  validateStatusCounts(job.status, ['active', 'succeeded', 'failed', 'ready', 'terminating'], errors);
  validateUncounted(change.now.status, errors);
  validateEndings(change);
  validateCompletionTime(change);
  validateAnnounced(change);
  validateFinished(change);
  validateIndexes(change);
  validateRunning(change);
  validateSuccess(change);
  validateProgress(change);
  validateSuccessChange(change);
  return errors;
}
