/** Cron schedules: five fields or a word. Only what is wrong with one is told here. */

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const words = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const zonePrefix = /^(?:CRON_TZ|TZ)=(\S*)\s+/;

/** A number, or the name of one; a text when it is neither. */
function numberOf(text: string, bounds: Bounds): number | string {
  const at = bounds.names.indexOf(text.toLowerCase());
  if (at >= 0) return at + bounds.min;
  if (/^\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}

function rangeProblem(expression: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...more] = expression.split('/');
  const ends = range.split('-');
  let start: number | string = bounds.min;
  let end: number | string = bounds.max;
  if (ends[0] !== '*' && ends[0] !== '?') {
    start = numberOf(ends[0] ?? '', bounds);
    if (typeof start === 'string') return start;
    if (ends.length > 2) return `too many hyphens: ${expression}`;
    end = ends.length === 2 ? numberOf(ends[1] ?? '', bounds) : step === undefined ? start : bounds.max;
    if (typeof end === 'string') return end;
  }
  if (more.length > 0) return `too many slashes: ${expression}`;
  const width = step === undefined ? 1 : numberOf(step, { ...bounds, names: [] });
  if (typeof width === 'string') return width;
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return width === 0 ? `step of range should be a positive number: ${expression}` : undefined;
}

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
  const [prefix, zone = ''] = zonePrefix.exec(schedule) ?? [];
  if (prefix !== undefined) return zoneProblem(zone) ?? scheduleProblem(schedule.slice(prefix.length));
  if (schedule.startsWith('@')) {
    if (words.has(schedule) || /^@every (\d+(\.\d+)?(h|m|s|ms))+$/.test(schedule)) return undefined;
    if (schedule.startsWith('@every ')) return `failed to parse duration ${schedule}`;
    return `unrecognized descriptor: ${schedule}`;
  }
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [index, bounds] of fields.entries()) {
    for (const expression of (parts[index] ?? '').split(',')) {
      const problem = rangeProblem(expression, bounds);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}
