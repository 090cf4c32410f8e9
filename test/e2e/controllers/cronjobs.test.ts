/** CronJobs on a whole control plane with played nodes and the machine's own clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob } from '../../../hub/api/batch.ts';
import { cronJobs, jobs } from '../../../hub/api/resource.ts';
import { controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';

test('a CronJob makes Jobs by the clock and keeps its history short', async (test) => {
  const plane = await controlPlane(test);
  plane.kubelet.exits = () => 0;
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } };
  const spec = { schedule: '@every 1s', successfulJobsHistoryLimit: 1, jobTemplate: { spec: { template } } };
  await plane.create(cronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick' }, spec });
  const status = () => plane.registry.get(cronJobs, 'default', 'tick')?.object<CronJob>().status;
  const first = await eventually('the first Job is done', () => status()?.lastSuccessfulTime);
  assert.ok(Date.parse(first) > 0);
  const suspend = (object: CronJob): void => {
    object.spec.suspend = true;
  };
  await plane.registry.modify<CronJob>(cronJobs, 'default', 'tick', suspend, asAdmin);
  await eventually('nothing runs', () => status()?.active === undefined);
  await eventually('one is kept', () => plane.find(jobs).length === 1);
  const owner = plane.find(jobs)[0]?.object().metadata.ownerReferences?.[0];
  assert.deepEqual([owner?.kind, owner?.name, owner?.controller], ['CronJob', 'tick', true]);
});
