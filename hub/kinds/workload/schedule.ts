/** What is wrong with the schedule of a CronJob, in the words Kubernetes has for it. */
import { readCron, readEvery, splitZone } from '../../api/cron.ts';

function zoneProblem(zone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return `provided bad location ${zone}: unknown time zone ${zone}`;
  }
}

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  const { zone, rest } = splitZone(schedule);
  if (zone !== undefined) return zoneProblem(zone) ?? scheduleProblem(rest);
  const read = readEvery(schedule) ?? readCron(schedule);
  return typeof read === 'string' ? read : undefined;
}
