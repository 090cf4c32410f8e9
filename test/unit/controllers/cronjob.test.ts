/** When schedules fall due, and what a CronJob does then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, CronJobStatus, Job } from '../../../hub/api/batch.ts';
import { jobAt, keepBooks, referenceTo, takeTurn, withStarted } from '../../../hub/controllers/cronjob/plan.ts';
import { parseSchedule, type Schedule, zonedTimestamp } from '../../../hub/controllers/cronjob/schedule.ts';
import { aJob } from '../../support/jobs.ts';

const at = (text: string): number => Date.parse(text.length === 16 ? `${text}:00Z` : text);

function schedule(text: string, zone = 'UTC'): Schedule {
  const parsed = parseSchedule(text, zone);
  if (typeof parsed === 'string') throw new Error(`bad ${parsed}`);
  return parsed;
}

function times(text: string, from: string, count: number, zone?: string): string[] {
  const found: string[] = [];
  for (let time = schedule(text, zone).next(at(from)); time !== undefined && found.length < count; ) {
    found.push(new Date(time).toISOString().slice(0, 16));
    time = schedule(text, zone).next(time);
  }
  return found;
}

test('fields, lists, ranges, steps and names are understood', () => {
  assert.deepEqual(times('*/20 * * * *', '2026-01-01T00:00', 3), [
    '2026-01-01T00:20',
    '2026-01-01T00:40',
    '2026-01-01T01:00',
  ]);
  assert.deepEqual(times('5,10 8-9 * * *', '2026-01-01T09:05', 2), ['2026-01-01T09:10', '2026-01-02T08:05']);
  assert.deepEqual(times('0 0 * feb mon-fri', '2026-01-01T00:00', 2), ['2026-02-02T00:00', '2026-02-03T00:00']);
  assert.deepEqual(times('0 12 29 2 *', '2026-01-01T00:00', 1), ['2028-02-29T12:00']);
  assert.deepEqual(times('0 0 13 * 5', '2026-01-01T00:00', 3), [
    '2026-01-02T00:00',
    '2026-01-09T00:00',
    '2026-01-13T00:00',
  ]);
  assert.deepEqual(times('50/5 * * * *', '2026-01-01T00:00', 2), ['2026-01-01T00:50', '2026-01-01T00:55']);
  assert.deepEqual(times('@weekly', '2026-01-01T00:00', 1), ['2026-01-04T00:00']);
  assert.deepEqual(times('0 0 31 2 *', '2026-01-01T00:00', 1), []);
  assert.deepEqual(times('@every 1h30m', '2026-01-01T00:10', 2), ['2026-01-01T01:40', '2026-01-01T03:10']);
});

test('what is no schedule or no zone is told apart', () => {
  for (const bad of ['', '* * * *', '60 * * * *', '* * 0 * *', '5-1 * * * *', '*/0 * * * *', '@often', '@every x']) {
    assert.equal(parseSchedule(bad), 'schedule', bad);
  }
  assert.equal(parseSchedule('* * * * *', 'Middle/Earth'), 'zone');
});

test('schedules follow the wall clock of their zone through both changes of the hour', () => {
  const zone = 'Europe/Paris';
  assert.deepEqual(times('30 9 * * *', '2026-03-27T12:00', 2, zone), ['2026-03-28T08:30', '2026-03-29T07:30']);
  assert.deepEqual(times('30 2 * * *', '2026-03-28T12:00', 1, zone), ['2026-03-30T00:30'], 'that hour is skipped');
  assert.deepEqual(times('30 2 * * *', '2026-10-24T12:00', 2, zone), ['2026-10-25T00:30', '2026-10-25T01:30']);
  assert.deepEqual(times('0 0 * * *', '2026-06-30T00:00', 1, 'Asia/Kolkata'), ['2026-06-30T18:30']);
  assert.deepEqual(times('CRON_TZ=Asia/Tokyo 0 6 * * *', '2026-06-30T00:00', 1), ['2026-06-30T21:00']);
  assert.deepEqual(times('0 0 1 9 *', '2026-08-01T00:00', 1, 'America/Santiago'), ['2026-09-01T04:00']);
  assert.equal(zonedTimestamp(at('2026-06-30T12:00'), 'Asia/Kolkata'), '2026-06-30T17:30:00+05:30');
  assert.equal(zonedTimestamp(at('2026-06-30T12:00'), 'UTC'), '2026-06-30T12:00:00Z');
});

test('the last of many missed times is found without counting them all', () => {
  assert.equal(schedule('* * * * *').last(at('2020-01-01T00:00'), at('2026-01-01T00:00:30Z')), at('2026-01-01T00:00'));
  assert.equal(schedule('0 0 1 1 *').last(at('2025-06-01T00:00'), at('2026-05-01T00:00')), at('2026-01-01T00:00'));
  assert.equal(schedule('0 0 1 1 *').last(at('2026-02-01T00:00'), at('2026-05-01T00:00')), undefined);
  assert.equal(schedule('@every 1h').last(at('2026-01-01T00:10'), at('2026-01-01T05:00')), at('2026-01-01T04:10'));
});

function aCronJob(spec: Partial<CronJob['spec']> = {}, status?: CronJobStatus): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default', uid: 'uid-tick', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { schedule: '0 * * * *', concurrencyPolicy: 'Allow', jobTemplate: { spec: aJob().spec }, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

function run(name: string, type?: 'Complete' | 'Failed', startTime = '2026-01-01T00:00:00Z'): Job {
  const conditions = type === undefined ? [] : [{ type, status: 'True' }];
  const completionTime = type === 'Complete' ? { completionTime: startTime } : {};
  return {
    ...aJob({}, { conditions, startTime, ...completionTime }),
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
  };
}

const turn = (cronJob: CronJob, now: string) =>
  takeTurn(cronJob, cronJob.status ?? {}, schedule(cronJob.spec.schedule), at(now));

test('a Job is started when one is due, and only once', () => {
  assert.deepEqual(turn(aCronJob(), '2026-01-01T00:30'), { start: undefined, again: 1_800_000, notes: [] });
  const { start } = turn(aCronJob(), '2026-01-01T02:00:01Z');
  assert.deepEqual(start, { due: at('2026-01-01T02:00'), name: 'tick-29453880', replace: [] });
  const job = start === undefined ? undefined : jobAt(aCronJob(), start);
  const noted = job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'];
  assert.equal(noted, '2026-01-01T02:00:00Z');
  const status = start === undefined ? {} : withStarted({}, start, run(start.name));
  assert.equal(turn(aCronJob({}, status), '2026-01-01T02:00:02Z').start, undefined);
  assert.equal(turn(aCronJob({ suspend: true }), '2026-01-01T02:00').start, undefined);
});

test('a running Job forbids the next, or is replaced by it', () => {
  const status = { active: [referenceTo(run('old'))] };
  const forbidden = turn(aCronJob({ concurrencyPolicy: 'Forbid' }, status), '2026-01-01T01:00');
  assert.deepEqual([forbidden.start, forbidden.notes[0]?.reason], [undefined, 'JobAlreadyActive']);
  const replaced = turn(aCronJob({ concurrencyPolicy: 'Replace' }, status), '2026-01-01T01:00').start;
  assert.deepEqual(
    replaced?.replace.map((one) => one.name),
    ['old'],
  );
});

test('what is missed for longer than the deadline is not made up for', () => {
  const late = aCronJob({ startingDeadlineSeconds: 60 });
  assert.equal(turn(late, '2026-01-01T02:02').start, undefined);
  assert.equal(turn(late, '2026-01-01T02:00:30Z').start?.due, at('2026-01-01T02:00'));
  assert.equal(turn(aCronJob({ schedule: '* * * * *' }), '2026-01-01T03:00').notes[0]?.reason, 'TooManyMissedTimes');
});

test('the books show what runs and the last success, and history is kept short', () => {
  const jobs = [
    run('a', 'Complete', '2026-01-01T01:00:00Z'),
    run('b', 'Complete', '2026-01-01T02:00:00Z'),
    run('c', 'Failed', '2026-01-01T03:00:00Z'),
    run('d'),
  ];
  const active = [jobs[1], jobs[3], run('gone')].map((job) => referenceTo(job as Job));
  const limits = { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
  const books = keepBooks(aCronJob(limits, { active }), jobs);
  assert.deepEqual(
    books.status.active?.map((one) => one.name),
    ['d'],
  );
  assert.equal(books.status.lastSuccessfulTime, '2026-01-01T02:00:00Z');
  assert.deepEqual(
    books.surplus.map((job) => job.metadata.name),
    ['a', 'c'],
  );
  assert.deepEqual(
    books.notes.map((note) => note.reason),
    ['SawCompletedJob', 'MissingJob'],
  );
});
