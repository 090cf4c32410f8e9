/** Cron schedules: five fields (minute, hour, day of the month, month, day of the week), a word (`@daily`) or a distance (`@every 1h`). */

/** Values a field allows. `any`: it was written as `*`, which matters for the two kinds of day. */
export interface CronField {
  readonly allowed: ReadonlySet<number>;
  readonly any: boolean;
}

/** All five. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly day: CronField;
  readonly month: CronField;
  readonly weekday: CronField;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: Readonly<Record<keyof CronFields, Bounds>> = {
  minute: { min: 0, max: 59, names: [] },
  hour: { min: 0, max: 23, names: [] },
  day: { min: 1, max: 31, names: [] },
  month: { min: 1, max: 12, names: months },
  weekday: { min: 0, max: 6, names: days },
};
const fieldNames = Object.keys(fields) as (keyof CronFields)[];

const words: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** A number, or the name of one; a text when it is neither. */
function numberOf(text: string, bounds: Bounds): number | string {
  const at = bounds.names.indexOf(text.toLowerCase());
  if (at >= 0) return at + bounds.min;
  if (/^\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly star: boolean;
}

/** The `*`, `5` or `1-5` of a part. A single number with a step goes on to the end. */
function readRange(part: string, bounds: Bounds): Range | string {
  const [text = '', step] = part.split('/');
  const [from = '', to, ...more] = text.split('-');
  if (from === '*' || from === '?') return { first: bounds.min, last: bounds.max, star: true };
  const first = numberOf(from, bounds);
  if (typeof first === 'string') return first;
  if (more.length > 0) return `too many hyphens: ${part}`;
  if (to === undefined) return { first, last: step === undefined ? first : bounds.max, star: false };
  const last = numberOf(to, bounds);
  return typeof last === 'string' ? last : { first, last, star: false };
}

/** One part of a field, a range with an optional step, into `allowed`; answers whether it is a bare `*`, or what is wrong. */
function readPart(part: string, bounds: Bounds, allowed: Set<number>): boolean | string {
  const [, stepText, ...more] = part.split('/');
  const range = readRange(part, bounds);
  if (typeof range === 'string') return range;
  if (more.length > 0) return `too many slashes: ${part}`;
  const step = stepText === undefined ? 1 : numberOf(stepText, { ...bounds, names: [] });
  if (typeof step === 'string') return step;
  const { first, last } = range;
  if (first < bounds.min) return `beginning of range (${first}) below minimum (${bounds.min}): ${part}`;
  if (last > bounds.max) return `end of range (${last}) above maximum (${bounds.max}): ${part}`;
  if (first > last) return `beginning of range (${first}) beyond end of range (${last}): ${part}`;
  if (step === 0) return `step of range should be a positive number: ${part}`;
  for (let value = first; value <= last; value += step) allowed.add(value);
  return range.star && step === 1;
}

function readField(text: string, bounds: Bounds): CronField | string {
  const allowed = new Set<number>();
  let any = false;
  for (const part of text.split(',')) {
    const star = readPart(part, bounds, allowed);
    if (typeof star === 'string') return star;
    any ||= star;
  }
  return { allowed, any };
}

/** Reads five fields or a word; the answer is what is wrong otherwise, as Kubernetes' cron library says it. */
export function readCron(text: string): CronFields | string {
  const word = Object.hasOwn(words, text) ? words[text] : undefined;
  if (word === undefined && text.startsWith('@')) return `unrecognized descriptor: ${text}`;
  const parts = (word ?? text).trim().split(/\s+/);
  if (parts.length !== fieldNames.length) {
    return `expected exactly ${fieldNames.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  const read: Partial<Record<keyof CronFields, CronField>> = {};
  for (const [index, name] of fieldNames.entries()) {
    const field = readField(parts[index] ?? '', fields[name]);
    if (typeof field === 'string') return field;
    read[name] = field;
  }
  return read as CronFields;
}

const everyPrefix = '@every ';
const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** The distance of `@every 1h30m` in milliseconds; undefined for other schedules; a text when it is no duration. */
export function readEvery(text: string): number | string | undefined {
  if (!text.startsWith(everyPrefix)) return undefined;
  const duration = text.slice(everyPrefix.length);
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(duration)) return `failed to parse duration ${text}`;
  let sum = 0;
  for (const [, amount, unit = ''] of duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    sum += Number(amount) * (units[unit] ?? 0);
  }
  return sum;
}

/** The time zone a schedule begins with (`TZ=Europe/Berlin 0 9 * * *`), and what follows it. */
export function splitZone(text: string): { readonly zone: string | undefined; readonly rest: string } {
  const match = /^(?:CRON_TZ|TZ)=(\S*)\s+/.exec(text);
  return match === null ? { zone: undefined, rest: text } : { zone: match[1], rest: text.slice(match[0].length) };
}
