/** What is wrong with a CronJob. */
import type { CronJob } from '../../api/batch.ts';
import { type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import { nonNegative, oneOf } from '../field-checks.ts';
import { scheduleProblem } from './schedule.ts';
import { validateJobSpec } from './validate-job.ts';

/** API: a Job's name takes eleven characters more than its CronJob's. */
const longestName = 52;

function validateTimeZone(zone: string | undefined, errors: FieldError[]): void {
  if (zone === undefined) return;
  const path = 'spec.timeZone';
  if (zone === '') errors.push(invalid(path, zone, 'timeZone must be nil or non-empty string'));
  else if (!zone.split('/').every((part) => isZonePart(part))) {
    errors.push(invalid(path, zone, `unknown time zone ${zone}`));
  } else {
    if (zone.toLowerCase() === 'local') {
      const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
      errors.push(invalid(path, zone, why));
    }
    if (zone !== 'Local' && !isTimeZone(zone)) errors.push(invalid(path, zone, `unknown time zone ${zone}`));
  }
}

const isZonePart = (part: string): boolean =>
  /^[A-Za-z._0-9+][A-Za-z._0-9+-]{0,13}$/.test(part) && !/^\.\.?$/.test(part);

/** API: zones are files, whose names begin with capitals. */
function isTimeZone(zone: string): boolean {
  if (zone.split('/').some((part) => !/^[A-Z]/.test(part))) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}

function validateSchedule(schedule: string, zoned: boolean, zoneAllowed: boolean, errors: FieldError[]): void {
  const path = 'spec.schedule';
  if (schedule === '') {
    errors.push(required(path));
    return;
  }
  const problem = scheduleProblem(schedule);
  if (problem !== undefined) errors.push(invalid(path, schedule, problem));
  if (!schedule.includes('TZ') || (zoneAllowed && !zoned)) return;
  const why = zoneAllowed
    ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  errors.push(invalid(path, schedule, why));
}

/** What is wrong with a changed CronJob. API: one that had a zone in its schedule may keep it. */
export function validateCronJobUpdate(job: CronJob, old: CronJob): FieldError[] {
  return validateCronJob(job, old);
}

function validateCronJob(job: CronJob, old: CronJob | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const spec = job.spec ?? { schedule: '', jobTemplate: {} };
  const zoneAllowed = old?.spec?.schedule?.includes('TZ') ?? false;
  validateSchedule(spec.schedule ?? '', spec.timeZone !== undefined, zoneAllowed, errors);
  nonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors);
  if (old === undefined || old.spec?.timeZone !== spec.timeZone) validateTimeZone(spec.timeZone, errors);
  if (!spec.concurrencyPolicy) errors.push(required('spec.concurrencyPolicy'));
  else oneOf(spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy', errors);
  const template = spec.jobTemplate?.spec ?? { template: {} };
  validateJobSpec(template, 'spec.jobTemplate.spec', errors);
  if (template.selector) {
    const why = '`selector` will be auto-generated';
    errors.push(invalid('spec.jobTemplate.spec.selector', template.selector, why));
  }
  if (template.manualSelector === true) {
    errors.push(notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']));
  }
  nonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  nonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
  return errors;
}

/** What is wrong with a new CronJob. */
export function validateNewCronJob(job: CronJob): FieldError[] {
  const errors = validateCronJob(job, undefined);
  const name = job.metadata.name ?? '';
  if (name.length > longestName) {
    errors.push(invalid('metadata.name', name, `must be no more than ${longestName} bytes`));
  }
  return errors;
}
