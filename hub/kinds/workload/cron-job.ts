/** The CronJob: Jobs by the clock. Its status belongs to the cron job controller. */
import type { CronJob } from '../../api/batch.ts';
import { ageSince } from '../../api/duration.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, containerCells, nameCell, none } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector } from '../label-selector.ts';
import { defaultNestedMetadata } from '../nested-metadata.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { defaultJobTemplate } from './job.ts';
import { validateCronJobUpdate, validateNewCronJob } from './validate-cron-job.ts';

function setDefaults(job: CronJob): void {
  job.spec ??= { schedule: '', jobTemplate: {} };
  const { spec } = job;
  if (!spec.concurrencyPolicy) spec.concurrencyPolicy = 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  defaultNestedMetadata(spec.jobTemplate);
  spec.jobTemplate.spec ??= { template: {} };
  defaultJobTemplate(spec.jobTemplate.spec);
}

const flag = (value: boolean | undefined): string => (value === undefined ? '<unset>' : value ? 'True' : 'False');

function cells(job: CronJob, now: number): TableCell[] {
  const { spec, status } = job;
  const template = spec?.jobTemplate.spec;
  return [
    nameCell(job),
    spec?.schedule ?? '',
    spec?.timeZone ?? none,
    flag(spec?.suspend),
    status?.active?.length ?? 0,
    status?.lastScheduleTime ? ageSince(status.lastScheduleTime, now) : none,
    ageCell(job, now),
    ...containerCells(template?.template),
    formatLabelSelector(template?.selector),
  ];
}

/** The strategy of CronJobs. */
export const cronJobStrategy: Strategy = plainStrategy<CronJob>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults,
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: (job, old) =>
    old === undefined
      ? podTemplateWarnings(job.spec?.jobTemplate.spec?.template, 'spec.jobTemplate.spec.template')
      : [],
  columns: columnsOf('cronJob'),
  cells,
});
