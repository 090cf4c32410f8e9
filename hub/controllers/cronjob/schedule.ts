/** When a schedule falls due: cron fields in a time zone, or a fixed distance (`@every 1h30m`). Times are Unix milliseconds. */
import { type CronFields, readCron, readEvery, splitZone } from '../../api/cron.ts';

/** A schedule that was understood. */
export interface Schedule {
  /** The first time after `time`; undefined when there is none within five years. */
  next(time: number): number | undefined;
  /** The last time in (`after`, `until`], counted on from `after`; undefined when there is none. */
  last(after: number, until: number): number | undefined;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const horizonYears = 5;

/** Wall time and back in one time zone. */
interface Zone {
  /** A Date whose UTC parts are the wall clock's. */
  wall(time: number): Date;
  /** The time at which the wall clock shows this; just after a gap when it never does. */
  time(wall: number): number;
}

function zoneOf(name: string | undefined): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      ...(name === undefined ? {} : { timeZone: name }),
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  const wallMs = (time: number): number => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(time)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  return {
    wall: (time) => new Date(wallMs(time)),
    time(wall) {
      const guess = wall - (wallMs(wall) - wall);
      const better = wall - (wallMs(guess) - guess);
      return wallMs(better) < wall ? better + hourMs : better;
    },
  };
}

/** Cron: with both kinds of day restricted, either is enough. `date` is read by its UTC parts. */
function matchesDay({ day, weekday }: CronFields, date: Date): boolean {
  const byDay = day.allowed.has(date.getUTCDate());
  const byWeekday = weekday.allowed.has(date.getUTCDay());
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}

/** Steps from month to day to hour to minute, as the wall clock does; an hour that is skipped in spring is never due. */
function nextOf(fields: CronFields, zone: Zone, after: number): number | undefined {
  let time = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  const horizon = zone.wall(time).getUTCFullYear() + horizonYears;
  for (;;) {
    const wall = zone.wall(time);
    const year = wall.getUTCFullYear();
    if (year > horizon) return undefined;
    if (!fields.month.allowed.has(wall.getUTCMonth() + 1)) {
      time = zone.time(Date.UTC(year, wall.getUTCMonth() + 1, 1));
    } else if (!matchesDay(fields, wall)) {
      time = zone.time(Date.UTC(year, wall.getUTCMonth(), wall.getUTCDate() + 1));
    } else if (!fields.hour.allowed.has(wall.getUTCHours())) {
      time += hourMs - wall.getUTCMinutes() * minuteMs;
    } else if (!fields.minute.allowed.has(wall.getUTCMinutes())) {
      time += minuteMs;
    } else return time;
  }
}

function cron(fields: CronFields, zone: Zone): Schedule {
  const next = (time: number): number | undefined => nextOf(fields, zone, time);
  return {
    next,
    last(after, until) {
      // looks back in growing steps: after a year away nobody wants to count a year's minutes
      for (let back = minuteMs; ; back *= 2) {
        const from = Math.max(after, until - back);
        let found: number | undefined;
        for (let time = next(from); time !== undefined && time <= until; time = next(time)) found = time;
        if (found !== undefined || from === after) return found;
      }
    },
  };
}

/** `@every`: whole seconds, at least one. */
function every(milliseconds: number): Schedule {
  const distance = Math.max(1000, Math.floor(milliseconds / 1000) * 1000);
  return {
    next: (time) => Math.floor(time / 1000) * 1000 + distance,
    last(after, until) {
      const first = Math.floor(after / 1000) * 1000;
      const times = Math.floor((until - first) / distance);
      return times < 1 ? undefined : first + times * distance;
    },
  };
}

/** A schedule out of what a CronJob says; a text that says what is wrong otherwise. Without a zone the machine's own counts. */
export function parseSchedule(text: string, timeZone?: string): Schedule | 'schedule' | 'zone' {
  const { zone: own, rest } = splitZone(text);
  if (own !== undefined) return parseSchedule(rest, own);
  const read = readEvery(text) ?? readCron(text);
  if (typeof read === 'string') return 'schedule';
  if (typeof read === 'number') return every(read);
  const zone = zoneOf(timeZone);
  return zone === undefined ? 'zone' : cron(read, zone);
}

/** RFC 3339 with the zone's own distance to UTC, such as 2026-03-01T09:00:00+01:00. */
export function zonedTimestamp(time: number, timeZone: string | undefined): string {
  const wall = (zoneOf(timeZone) as Zone).wall(time).getTime();
  const offset = Math.round((wall - Math.floor(time / 1000) * 1000) / minuteMs);
  const text = new Date(wall).toISOString().slice(0, 19);
  if (offset === 0) return `${text}Z`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offset) % (dayMs / minuteMs);
  return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
