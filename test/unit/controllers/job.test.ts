/** What a Job does next, how it ends, and that it counts every Pod once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobStatus } from '../../../hub/api/batch.ts';
import { assess } from '../../../hub/controllers/job/assess.ts';
import { Indexes } from '../../../hub/controllers/job/indexes.ts';
import { addEnded, backoffLeft, noFailures } from '../../../hub/controllers/job/job-backoff.ts';
import { type JobPod, newJobPod, type SpecifiedJob } from '../../../hub/controllers/job/job-pod.ts';
import { manage } from '../../../hub/controllers/job/manage.ts';
import { settle, suspension, track } from '../../../hub/controllers/job/track.ts';
import { expiryOf } from '../../../hub/controllers/job/ttl.ts';
import { completion, verdict } from '../../../hub/controllers/job/verdict.ts';
import { aJob, aJobPod } from '../../support/jobs.ts';

const now = 100_000;

function work(job: SpecifiedJob, ...pods: JobPod[]): { create: number | (number | undefined)[]; remove: string[] } {
  const done = manage(job, assess(job, pods), noFailures, now);
  const indexed = job.spec.completionMode === 'Indexed';
  return {
    create: indexed ? done.create.map((one) => one.index) : done.create.length,
    remove: done.remove.map((one) => one.uid),
  };
}

function end(job: SpecifiedJob, ...pods: JobPod[]): string | undefined {
  const state = assess(job, pods);
  return (verdict(job, state, now) ?? completion(job, state))?.reason;
}

const failed = { phase: 'Failed', exitCode: 3 };
const done = { phase: 'Succeeded' };
const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 4 };

test('indexes are written as runs and read back', () => {
  const some = Indexes.none.with([9, 0, 3, 4, 5, 2]);
  assert.equal(String(some), '0,2-5,9');
  assert.equal(String(Indexes.none.with([1, 0])), '0,1');
  assert.equal(String(Indexes.parse('0,2-5,9', 5)), '0,2-4');
  assert.deepEqual([some.size, some.has(4), some.has(1), some.has(9), some.has(10)], [6, true, false, true, false]);
  assert.equal(some.common(Indexes.parse('4-9', 100)), 3);
});

test('as many Pods run as there is parallelism and work left', () => {
  assert.deepEqual(work(aJob({ completions: 5, parallelism: 3 })), { create: 3, remove: [] });
  assert.deepEqual(work(aJob({ completions: 2, parallelism: 3 }), aJobPod('a', done)), { create: 1, remove: [] });
  const pods = [aJobPod('a'), aJobPod('b', done)];
  assert.deepEqual(
    work(aJob({ parallelism: 3 }), ...pods),
    { create: 0, remove: [] },
    'a queue that has seen a success',
  );
  assert.deepEqual(work(aJob({ completions: 9, parallelism: 0 }), aJobPod('a')), { create: 0, remove: ['uid-a'] });
  assert.deepEqual(work(aJob({ suspend: true }), aJobPod('a')), { create: 0, remove: ['uid-a'] });
});

test('a Pod on its way out is replaced at once, or when it has ended if the policy says so', () => {
  const leaving = aJobPod('a', { deleting: true });
  assert.equal(work(aJob(), leaving).create, 1);
  assert.equal(work(aJob({ podReplacementPolicy: 'Failed' }), leaving).create, 0);
  assert.equal(assess(aJob({ podReplacementPolicy: 'Failed' }), [leaving]).failed, 0);
});

test('an indexed Job makes one Pod for each index that has none', () => {
  const status = { completedIndexes: '0', succeeded: 1 };
  const pods = [aJobPod('a', { index: 2 }), aJobPod('b', { index: 2 }), aJobPod('c', { index: 7 })];
  assert.deepEqual(work(aJob(indexed, status), aJobPod('a', { index: 2 })), { create: [1, 3], remove: [] });
  assert.deepEqual(work(aJob(indexed, status), ...pods).remove, ['uid-b', 'uid-c']);
  const pod = newJobPod(aJob(indexed), { index: 1 });
  assert.equal(pod.spec.hostname, 'work-1');
  assert.equal(pod.metadata.generateName, 'work-1-');
  assert.equal(pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'], '1');
  assert.equal(pod.spec.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
});

test('a Job waits after a failure, twice as long after each', () => {
  const failures = addEnded(noFailures, [], [aJobPod('a', { ...failed, finished: 95 })]);
  assert.equal(backoffLeft(failures, now), 5_000);
  assert.equal(backoffLeft(addEnded(failures, [], [aJobPod('b', { ...failed, finished: 100 })]), now), 20_000);
  assert.equal(backoffLeft(addEnded(failures, [aJobPod('c', { ...done, finished: 99 })], []), now), 0);
  const waiting = manage(aJob(), assess(aJob(), []), failures, now);
  assert.deepEqual([waiting.create.length, waiting.again], [0, 5_000]);
});

test('a Job ends when it has what it wants, or has failed too often, or for too long', () => {
  assert.equal(end(aJob(), aJobPod('a', done)), 'CompletionsReached');
  assert.equal(end(aJob({ completions: 2 }), aJobPod('a', done)), undefined);
  assert.equal(end(aJob({ parallelism: 2 }), aJobPod('a', done), aJobPod('b')), undefined);
  assert.equal(end(aJob({ parallelism: 2 }), aJobPod('a', done), aJobPod('b', failed)), 'CompletionsReached');
  assert.equal(end(aJob({ backoffLimit: 1 }), aJobPod('a', failed)), undefined);
  assert.equal(end(aJob({ backoffLimit: 1 }), aJobPod('a', failed), aJobPod('b', failed)), 'BackoffLimitExceeded');
  assert.equal(end(aJob({ backoffLimit: 1 }, { failed: 1 }), aJobPod('b', failed)), 'BackoffLimitExceeded');
  const started = { startTime: '1970-01-01T00:01:00Z' };
  assert.equal(end(aJob({ activeDeadlineSeconds: 40 }, started)), 'DeadlineExceeded');
  assert.equal(end(aJob({ activeDeadlineSeconds: 41 }, started)), undefined);
  assert.equal(end(aJob({ activeDeadlineSeconds: 40, suspend: true }, started)), undefined);
});

test('the failure policy fails, ignores or counts by exit code and by condition', () => {
  const rule = (action: string, values: number[]) => ({
    rules: [{ action, onExitCodes: { operator: 'In', values } }],
  });
  const policy = (action: string) => aJob({ backoffLimit: 0, podFailurePolicy: rule(action, [3]) });
  assert.equal(end(policy('FailJob'), aJobPod('a', failed)), 'PodFailurePolicy');
  const message = 'Container c for pod default/a failed with exit code 3 matching FailJob rule at index 0';
  const state = assess(policy('FailJob'), [aJobPod('a', failed)]);
  assert.equal(verdict(policy('FailJob'), state, now)?.message, message);
  assert.equal(end(policy('Ignore'), aJobPod('a', failed)), undefined);
  assert.equal(end(policy('Count'), aJobPod('a', failed)), 'BackoffLimitExceeded');
  const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
  const disrupted = aJob({ backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions }] } });
  assert.equal(end(disrupted, aJobPod('a', { ...failed, condition: 'DisruptionTarget' })), undefined);
});

test('each index has its own limit of failures, and the Job a limit of failed indexes', () => {
  const perIndex = { ...indexed, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1 };
  const once = aJobPod('a', { ...failed, index: 1, failures: 0 });
  const twice = aJobPod('b', { ...failed, index: 2, failures: 1 });
  const state = assess(aJob(perIndex), [once, twice]);
  assert.equal(String(state.failedIndexes), '2');
  assert.deepEqual([...state.remembered.keys()], [1]);
  const made = manage(aJob(perIndex), state, noFailures, now).create;
  assert.deepEqual(made, [
    { index: 0, failures: 0 },
    { index: 1, failures: 1, ignored: 0 },
    { index: 3, failures: 0 },
  ]);
  assert.equal(end(aJob({ ...perIndex, maxFailedIndexes: 0 }), twice), 'MaxFailedIndexesExceeded');
  assert.equal(end(aJob(perIndex, { completedIndexes: '0,1,3', succeeded: 3 }), twice), 'FailedIndexes');
  const failIndex = { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [3] } }] };
  assert.equal(String(assess(aJob({ ...perIndex, podFailurePolicy: failIndex }), [once]).failedIndexes), '1');
});

test('a success policy ends an indexed Job early', () => {
  const policy = (rule: { succeededCount?: number; succeededIndexes?: string }) =>
    aJob({ ...indexed, successPolicy: { rules: [rule] } }, { completedIndexes: '0,2', succeeded: 2 });
  assert.equal(end(policy({ succeededIndexes: '0,2' })), 'SuccessPolicy');
  assert.equal(end(policy({ succeededIndexes: '0-2' })), undefined);
  assert.equal(end(policy({ succeededIndexes: '0-2', succeededCount: 2 })), 'SuccessPolicy');
  assert.equal(end(policy({ succeededCount: 3 })), undefined);
});

const account = (job: SpecifiedJob, before: JobStatus, pods: JobPod[]) => {
  const state = assess(job, pods);
  const ending = verdict(job, state, now) ?? completion(job, state);
  return { ending, ...track({ job, state, seen: state, ending, before, now }) };
};

test('a Pod is named in the status, then freed, then counted', () => {
  const job = aJob({ completions: 2 });
  const first = account(job, {}, [aJobPod('a', done), aJobPod('b')]);
  assert.deepEqual(first.status, {
    uncountedTerminatedPods: { succeeded: ['uid-a'] },
    active: 1,
    ready: 0,
    terminating: 0,
  });
  assert.deepEqual(
    first.release.map((one) => one.uid),
    ['uid-a'],
  );
  const held = settle(assess(job, [aJobPod('a', done)]), undefined, first.status, false, now);
  assert.deepEqual(held.uncountedTerminatedPods, { succeeded: ['uid-a'] }, 'still has its finalizer');
  const freed = settle(assess(job, [aJobPod('a', { ...done, tracked: false })]), undefined, held, false, now);
  assert.deepEqual(freed, { uncountedTerminatedPods: {}, succeeded: 1, ready: 0, terminating: 0 });
});

test('a Job says how it will end before it has ended', () => {
  const job = aJob({ backoffLimit: 0 });
  const pods = [aJobPod('a', failed), aJobPod('b', { deleting: true })];
  const { ending, status } = account(job, {}, pods);
  assert.deepEqual(
    status.conditions?.map((one) => one.type),
    ['FailureTarget'],
  );
  assert.deepEqual(status.uncountedTerminatedPods, { failed: ['uid-a', 'uid-b'] });
  const leaving = assess(job, [aJobPod('b', { deleting: true, tracked: false })]);
  assert.equal(settle(leaving, ending, status, false, now).conditions?.length, 1, 'one Pod is not gone yet');
  const final = settle(assess(job, []), ending, status, false, now);
  assert.deepEqual(
    final.conditions?.map((one) => one.type),
    ['FailureTarget', 'Failed'],
  );
  assert.equal(final.failed, 2);
});

test('being suspended is a condition, and resuming starts the time anew', () => {
  const suspended = suspension(aJob({ suspend: true }), {}, now);
  assert.equal(suspended.conditions?.[0]?.reason, 'JobSuspended');
  const resumed = suspension(aJob(), suspended, now);
  assert.deepEqual([resumed.conditions?.[0]?.reason, resumed.startTime], ['JobResumed', '1970-01-01T00:01:40Z']);
  assert.equal(suspension(aJob(), {}, now).conditions, undefined);
});

test('a finished Job expires when it says so', () => {
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: '1970-01-01T00:01:00Z' }];
  assert.equal(expiryOf(aJob({ ttlSecondsAfterFinished: 5 }, { conditions })), 65_000);
  assert.equal(expiryOf(aJob({}, { conditions })), undefined);
  assert.equal(expiryOf(aJob({ ttlSecondsAfterFinished: 5 })), undefined);
});
