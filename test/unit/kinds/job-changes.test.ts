import assert from 'node:assert/strict';
import test from 'node:test';
import type { Job, JobSpec, JobStatus } from '../../../hub/api/batch.ts';
import { validateAutoscaler } from '../../../hub/kinds/policy/validate-autoscaler.ts';
import { validateNewCronJob } from '../../../hub/kinds/workload/validate-cron-job.ts';
import { validateJobStatus } from '../../../hub/kinds/workload/validate-job-status.ts';

const aJob = (status: JobStatus, spec: Partial<JobSpec> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j' },
  spec: { template: {}, completions: 3, parallelism: 1, ...spec },
  status,
});

const are = (...types: string[]): JobStatus => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
const start = '2026-01-01T00:00:10Z';
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', backoffLimitPerIndex: 1 };

type Row = readonly [now: JobStatus, before: JobStatus, expected: string, spec?: Partial<JobSpec>];

const rows: Readonly<Record<string, Row>> = {
  'a good end': [
    { ...are('SuccessCriteriaMet', 'Complete'), startTime: start, completionTime: start },
    { ...are('SuccessCriteriaMet'), startTime: start },
    '',
  ],
  'an end at once': [
    { ...are('Complete'), startTime: start, completionTime: start },
    {},
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ],
  'failure at once': [
    { ...are('Failed') },
    {},
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition|' +
      'status.startTime: Required value: startTime is required for finished job',
  ],
  'both ends': [
    { ...are('SuccessCriteriaMet', 'Complete', 'FailureTarget', 'Failed'), startTime: start, completionTime: start },
    { startTime: start },
    'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions|' +
      'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions|' +
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions|' +
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  ],
  'an end before the start': [
    { ...are('SuccessCriteriaMet', 'Complete'), startTime: start, completionTime: '2026-01-01T00:00:09Z' },
    { startTime: start },
    'status.completionTime: Invalid value: 2026-01-01 00:00:09 +0000 UTC: must be equal to or after `startTime`',
  ],
  'an end without its time': [
    { ...are('SuccessCriteriaMet', 'Complete'), startTime: start, active: 1, terminating: 1 },
    { startTime: start },
    'status.completionTime: Required value: completionTime is required for Complete jobs|' +
      'status.active: Invalid value: 1: active>0 is invalid for finished job|' +
      'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
  ],
  'what was wrong stays': [are('Complete'), are('Complete'), ''],
  'going back': [
    { succeeded: 1, failed: 0 },
    { ...are('FailureTarget'), succeeded: 2, failed: 1, startTime: start },
    'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition|' +
      'status.failed: Invalid value: 0: cannot decrease the failed counter|' +
      'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter|' +
      'status.startTime: Required value: startTime cannot be removed for unsuspended job',
    { managedBy: 'example.com/jobs' },
  ],
  'another start, by the usual controller': [{ startTime: '2026-01-01T00:00:11Z' }, { startTime: start }, ''],
  'more ready than active': [
    { ready: 1 },
    {},
    'status.ready: Invalid value: 1: cannot set more ready pods than active',
  ],
  'uncounted twice': [
    { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
    {},
    'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty|' +
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
  ],
  'indexes without an index': [
    { completedIndexes: '0', failedIndexes: '1' },
    {},
    'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode|' +
      'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  ],
  'indexes that cannot be': [
    { completedIndexes: '0,3', failedIndexes: '0-x' },
    {},
    'status.completedIndexes: Invalid value: "0,3": error parsing completedIndexes: too large index: "3"|' +
      'status.failedIndexes: Invalid value: "0-x": error parsing failedIndexes: cannot convert string to integer for index: "x"',
    indexed,
  ],
  'indexes that overlap': [
    { completedIndexes: '0-1', failedIndexes: '1,2' },
    {},
    'status.failedIndexes: Invalid value: "1,2": failedIndexes and completedIndexes overlap at index: 1',
    indexed,
  ],
};

for (const [name, [now, before, expected, spec]] of Object.entries(rows)) {
  test(`status of a Job: ${name}`, () => {
    const errors = validateJobStatus(aJob(now, spec), aJob(before, spec));
    assert.deepEqual(errors.map(({ field, message }) => `${field}: ${message}`).join('|'), expected);
  });
}

test('the zone of a CronJob is spelled as its file', () => {
  const problems = (timeZone: string): string[] =>
    validateNewCronJob({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'c' },
      spec: { schedule: '* * * * *', timeZone, jobTemplate: {} },
    })
      .filter(({ field }) => field === 'spec.timeZone')
      .map(({ message }) => message.replace(/^Invalid value: "[^"]*": /, ''));
  const explicit = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  assert.deepEqual(problems('Europe/Berlin'), []);
  assert.deepEqual(problems('US/Pacific'), []);
  assert.deepEqual(problems('europe/berlin'), ['unknown time zone europe/berlin']);
  assert.deepEqual(problems('Local'), [explicit]);
  assert.deepEqual(problems('local'), [explicit, 'unknown time zone local']);
});

test('an autoscaler names a container, and keeps no Pod at all when it had that', () => {
  const autoscaler = (minReplicas: number, metrics: object[]) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: { minReplicas, maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'd' }, metrics: metrics as never },
  });
  const target = { type: 'Utilization', averageUtilization: 1 };
  const containerResource = { name: 'x', container: 'A', target };
  assert.deepEqual(
    validateAutoscaler(autoscaler(1, [{ type: 'ContainerResource', containerResource }])).map(({ field }) => field),
    [
      'spec.metrics[0].containerResource.name',
      'spec.metrics[0].containerResource.name',
      'spec.metrics[0].containerResource.container',
    ],
  );
  const external = { metric: { name: 'm', selector: {} }, target: { type: 'Value', value: '1' } };
  const none = autoscaler(0, [{ type: 'External', external }]);
  assert.equal(validateAutoscaler(none).length, 1);
  assert.equal(validateAutoscaler(none, none).length, 0);
});
