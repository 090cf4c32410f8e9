/** CronJobs as API objects, and what they do when their time comes. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { crud } from '../crud.ts';
import { container, podSpec } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

conformance('[sig-apps] cronjob.go: CronJob API operations', (cluster) =>
  crud(cluster, {
    group: 'batch',
    version: 'v1',
    resource: 'cronjobs',
    kind: 'CronJob',
    namespaced: true,
    body: () => ({
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: {
          spec: {
            template: {
              spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox', command: ['true'] }] },
            },
          },
        },
      },
    }),
    change(object) {
      object['spec'].concurrencyPolicy = 'Forbid';
    },
    subresources: {
      status: [{ lastScheduleTime: '2026-01-02T03:04:05Z' }, { lastScheduleTime: '2026-01-03T03:04:05Z' }],
    },
  }),
);

/** A CronJob of every minute whose Jobs run on for long. */
async function everyMinute(cluster: Cluster, more: object): Promise<void> {
  const containers = [container('exec sleep 1000')];
  await cluster.ok('POST', `/apis/batch/v1/namespaces/${cluster.namespace}/cronjobs`, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cron' },
    spec: {
      schedule: '*/1 * * * *',
      ...more,
      jobTemplate: { spec: { template: { spec: podSpec(undefined, { restartPolicy: 'OnFailure', containers }) } } },
    },
  });
}

const jobsOf = (cluster: Cluster): Promise<ApiObject[]> =>
  cluster.items(`/apis/batch/v1/namespaces/${cluster.namespace}/jobs`);
const activeOf = async (cluster: Cluster): Promise<number> =>
  (await cluster.ok('GET', `/apis/batch/v1/namespaces/${cluster.namespace}/cronjobs/cron`))['status'].active?.length ??
  0;

/** Until the clock has passed the minute, and the controller has had its time, so often. */
async function minutes(count: number): Promise<void> {
  const now = Date.now();
  const end = Math.floor(now / 60_000 + count) * 60_000 + 4000;
  await new Promise((resolve) => setTimeout(resolve, end - now));
}

// together, as each of them waits for the clock
describe('CronJobs of every minute', { concurrency: true }, () => {
  conformance(
    '[sig-apps] cronjob.go: suspended CronJob',
    async (cluster) => {
      await everyMinute(cluster, { suspend: true });
      await minutes(2);
      assert.deepEqual(await jobsOf(cluster), []);
      assert.equal(await activeOf(cluster), 0);
    },
    { minutes: 3 },
  );

  conformance(
    '[sig-apps] cronjob.go: ForbidConcurrent',
    async (cluster) => {
      await everyMinute(cluster, { concurrencyPolicy: 'Forbid' });
      await until(async () => (await activeOf(cluster)) === 1, 70);
      const [first] = await jobsOf(cluster);
      await minutes(1);
      assert.equal(await activeOf(cluster), 1);
      assert.deepEqual(
        (await jobsOf(cluster)).map((one) => one.metadata.uid),
        [first?.metadata.uid],
      );
    },
    { minutes: 3 },
  );

  conformance(
    '[sig-apps] cronjob.go: ReplaceConcurrent',
    async (cluster) => {
      await everyMinute(cluster, { concurrencyPolicy: 'Replace' });
      await until(async () => (await activeOf(cluster)) === 1, 70);
      const [first] = await jobsOf(cluster);
      await until(async () => {
        const now = await jobsOf(cluster);
        return now.length === 1 && now[0]?.metadata.uid !== first?.metadata.uid;
      }, 70);
      assert.equal(await activeOf(cluster), 1);
    },
    { minutes: 3 },
  );

  conformance(
    '[sig-apps] cronjob.go: AllowConcurrent',
    async (cluster) => {
      await everyMinute(cluster, { concurrencyPolicy: 'Allow' });
      await until(async () => (await activeOf(cluster)) >= 2, 130);
      await until(async () => (await jobsOf(cluster)).filter((one) => one['status'].active === 1).length >= 2);
    },
    { minutes: 3 },
  );
});
