/** CronJobs as API objects. */
import { crud } from '../crud.ts';
import { conformance } from '../suite.ts';

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
