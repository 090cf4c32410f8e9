/** The Job: Pods that run to an end. Its status belongs to the job controller. */
import type { Job, JobSpec } from '../../api/batch.ts';
import { humanDuration } from '../../api/duration.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { validateJob, validateJobUpdate } from './validate-job.ts';
import { validateJobStatus } from './validate-job-status.ts';

const backoffLimit = 6;

function defaultFailurePolicy(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const condition of rule.onPodConditions ?? []) if (!condition.status) condition.status = 'True';
  }
}

/** Fills a Job's spec. */
function setDefaults(job: Job): void {
  job.spec ??= { template: {} };
  const { spec } = job;
  // API: a Job with neither number runs one Pod; with one of them, the other has its own meaning.
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimit : 2 ** 31 - 1;
  if (!spec.completionMode) spec.completionMode = 'NonIndexed';
  spec.suspend ??= false;
  if (!spec.podReplacementPolicy) {
    spec.podReplacementPolicy = spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  }
  spec.template ??= {};
  defaultJobTemplate(spec);
  shareLabels(job);
}

/** API: a Job without labels has its template's. */
function shareLabels(job: Job): void {
  const labels = job.spec?.template.metadata?.labels;
  if (labels === undefined || Object.keys(labels).length === 0) return;
  if (Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = labels;
}

/** Fills what the template of a CronJob fills too. */
export function defaultJobTemplate(spec: JobSpec): void {
  defaultFailurePolicy(spec);
  spec.template ??= {};
  defaultPodTemplate(spec.template);
}

const controllerLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';

/** API: unless the selector is the user's own, a Job selects its Pods by its uid. */
function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (spec === undefined || spec.manualSelector === true) return;
  const uid = metadata.uid ?? '';
  const template = spec.template.metadata ?? {};
  template.labels ??= {};
  const own: Record<string, string> = {
    'job-name': metadata.name ?? '',
    [nameLabel]: metadata.name ?? '',
    'controller-uid': uid,
    [controllerLabel]: uid,
  };
  for (const label in own) template.labels[label] ??= own[label] ?? '';
  spec.template.metadata = template;
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, [controllerLabel]: uid };
}

function statusCell(job: Job): string {
  const is = (type: string): boolean =>
    job.status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

function completionsCell(job: Job): string {
  const done = job.status?.succeeded ?? 0;
  if (job.spec?.completions !== undefined) return `${done}/${job.spec.completions}`;
  const parallelism = job.spec?.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function durationCell(job: Job, now: number): string {
  const { startTime, completionTime } = job.status ?? {};
  if (!startTime) return '';
  return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
}

function cells(job: Job, now: number): TableCell[] {
  return [
    nameCell(job),
    statusCell(job),
    completionsCell(job),
    durationCell(job, now),
    ageCell(job, now),
    ...containerCells(job.spec?.template),
    formatLabelSelector(job.spec?.selector),
  ];
}

/** The strategy of Jobs. */
export const jobStrategy: Strategy = plainStrategy<Job>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults,
  prepareCreate: generateSelector,
  finishCreate: shareLabels,
  validateCreate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  selectable: ['status.successful'],
  selectableFields: (job) => ({ 'status.successful': String(job.status?.succeeded ?? 0) }),
  warnings: (job, old) => (old === undefined ? podTemplateWarnings(job.spec?.template, 'spec.template') : []),
  columns: columnsOf('job'),
  cells,
});
