/** The five fields of a cron schedule: minute, hour, day of the month, month, day of the week. */

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
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const words: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

function numberOf(text: string, bounds: Bounds): number | undefined {
  const name = bounds.names.indexOf(text.toLowerCase());
  if (name >= 0) return name + bounds.least;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** One part of a field: `*`, `5`, `1-5`, each with an optional step. */
function parsePart(part: string, bounds: Bounds, into: Set<number>): boolean | undefined {
  const [range = '', stepText, ...surplus] = part.split('/');
  const step = stepText === undefined ? 1 : Number(stepText);
  if (surplus.length > 0 || !Number.isInteger(step) || step < 1) return undefined;
  const star = range === '*' || range === '?';
  const [from = '', to, ...rest] = range.split('-');
  const first = star ? bounds.least : numberOf(from, bounds);
  const open = star || (to === undefined && stepText !== undefined);
  const last = open ? bounds.most : to === undefined ? first : numberOf(to, bounds);
  if (rest.length > 0 || first === undefined || last === undefined) return undefined;
  if (first < bounds.least || last > bounds.most || first > last) return undefined;
  for (let value = first; value <= last; value += step) into.add(value);
  return star && step === 1;
}

function parseField(
  text: string | undefined,
  least: number,
  most: number,
  names: readonly string[] = [],
): CronField | undefined {
  const allowed = new Set<number>();
  let any = false;
  for (const part of (text ?? '').split(',')) {
    const star = parsePart(part, { least, most, names }, allowed);
    if (star === undefined) return undefined;
    any ||= star;
  }
  return { allowed, any };
}

/** Reads five fields or a word such as `@daily`; undefined when it is neither. */
export function parseFields(text: string): CronFields | undefined {
  const parts = (words[text] ?? text).trim().split(/\s+/);
  if (parts.length !== 5) return undefined;
  const minute = parseField(parts[0], 0, 59);
  const hour = parseField(parts[1], 0, 23);
  const day = parseField(parts[2], 1, 31);
  const month = parseField(parts[3], 1, 12, monthNames);
  const weekday = parseField(parts[4], 0, 6, dayNames);
  if (!minute || !hour || !day || !month || !weekday) return undefined;
  return { minute, hour, day, month, weekday };
}

/** Cron: with both kinds of day restricted, either is enough. `date` is read by its UTC parts. */
export function matchesDay({ day, weekday }: CronFields, date: Date): boolean {
  const byDay = day.allowed.has(date.getUTCDate());
  const byWeekday = weekday.allowed.has(date.getUTCDay());
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}
