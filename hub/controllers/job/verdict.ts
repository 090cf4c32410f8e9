/** Whether a Job has come to its end, and which. */
import type { JobSpec } from '../../api/batch.ts';
import type { Assessment } from './assess.ts';
import { announcedEnding, type Ending } from './conditions.ts';
import { failureVerdict } from './failure-policy.ts';
import { Indexes } from './indexes.ts';
import { hasFailed, isIndexed, type SpecifiedJob } from './job-pod.ts';

const failure = (reason: string, message: string): Ending => ({ type: 'FailureTarget', reason, message });

function policyFailure(spec: JobSpec, state: Assessment): Ending | undefined {
  if (spec.podFailurePolicy === undefined) return undefined;
  for (const one of state.pods) {
    if (!hasFailed(spec, one)) continue;
    const { message } = failureVerdict(spec, one.pod);
    if (message !== undefined) return failure('PodFailurePolicy', message);
  }
  return undefined;
}

/** API: with restartPolicy OnFailure the restarts of containers count. */
function restartsExceeded(spec: JobSpec, state: Assessment): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { pod } of state.pods) {
    if (pod.status?.phase !== 'Running' && pod.status?.phase !== 'Pending') continue;
    for (const one of pod.status.initContainerStatuses ?? []) restarts += one.restartCount;
    for (const one of pod.status.containerStatuses ?? []) restarts += one.restartCount;
  }
  const limit = spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until the deadline of a Job that runs; undefined when it has none. */
export function untilDeadline(job: SpecifiedJob, now: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  if (activeDeadlineSeconds === undefined || suspend === true) return undefined;
  const started = Date.parse(job.status?.startTime ?? '') || now;
  return started + activeDeadlineSeconds * 1000 - now;
}

function limitFailure(job: SpecifiedJob, state: Assessment, now: number): Ending | undefined {
  const { spec } = job;
  if (state.failed > (spec.backoffLimit ?? 6) || restartsExceeded(spec, state)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const left = untilDeadline(job, now);
  if (left === undefined || left > 0) return undefined;
  return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
}

function indexFailure(spec: JobSpec, state: Assessment): Ending | undefined {
  const failed = state.failedIndexes?.size ?? 0;
  if (failed === 0) return undefined;
  if (spec.maxFailedIndexes !== undefined && failed > spec.maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return failure('MaxFailedIndexesExceeded', message);
  }
  if (failed + state.completed.size < (spec.completions ?? 0)) return undefined;
  return failure('FailedIndexes', 'Job has failed indexes');
}

function policySuccess(spec: JobSpec, { completed }: Assessment): Ending | undefined {
  if (completed.size === 0) return undefined;
  for (const [at, rule] of (spec.successPolicy?.rules ?? []).entries()) {
    const { succeededCount, succeededIndexes } = rule;
    const meant = succeededIndexes === undefined ? undefined : Indexes.parse(succeededIndexes, spec.completions ?? 0);
    const done = meant === undefined ? completed.size : completed.common(meant);
    const wanted = succeededCount ?? meant?.size;
    if (wanted === undefined || done < wanted) continue;
    return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${at}` };
  }
  return undefined;
}

/** The end a Job has come to before all is done; its active Pods are then removed. */
export function verdict(job: SpecifiedJob, state: Assessment, now: number): Ending | undefined {
  const { spec } = job;
  const ending = announcedEnding(job.status) ?? policyFailure(spec, state) ?? limitFailure(job, state, now);
  if (ending !== undefined || !isIndexed(spec)) return ending;
  return indexFailure(spec, state) ?? policySuccess(spec, state);
}

/** The end of a Job that has all it wanted, with nothing running any more. */
export function completion({ spec }: SpecifiedJob, state: Assessment): Ending | undefined {
  if (state.active.length > 0) return undefined;
  const done = spec.completions === undefined ? state.succeeded > 0 : state.succeeded >= spec.completions;
  if (!done) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}
