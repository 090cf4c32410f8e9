/** Parts of moments and of lengths of time. */
import { duration, int, string, timestamp } from '../types/type.ts';
import { type Duration, EvaluationError, type Timestamp } from '../types/value.ts';
import { method, type Overload } from './overload.ts';

const part = (read: (date: Date, time: Timestamp) => number): Overload[] => [
  method(timestamp, [], int, (a) => BigInt(read(dateOf(a as Timestamp), a as Timestamp))),
  method(timestamp, [string], int, (a, zone) => BigInt(read(shifted(a as Timestamp, zone as string), a as Timestamp))),
];

function dateOf(time: Timestamp): Date {
  return new Date(Number(time.nanos / 1_000_000n));
}

/** A date whose UTC parts are those of the moment in a zone. */
function shifted(time: Timestamp, zone: string): Date {
  const fixed = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  const date = dateOf(time);
  if (fixed !== null) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return new Date(date.getTime() + (fixed[1] === '-' ? -minutes : minutes) * 60_000);
  }
  try {
    const text = date.toLocaleString('sv-SE', { timeZone: zone });
    return new Date(`${text.replace(' ', 'T')}Z`);
  } catch {
    throw new EvaluationError(`unknown time zone ${zone}`);
  }
}

const dayOfYear = (date: Date): number =>
  Math.floor(
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
      86_400_000,
  );

const span = (nanos: bigint): Overload => method(duration, [], int, (a) => (a as Duration).nanos / nanos);

/** Functions by name. */
export const timeParts: readonly (readonly [string, readonly Overload[]])[] = [
  ['getFullYear', part((date) => date.getUTCFullYear())],
  ['getMonth', part((date) => date.getUTCMonth())],
  ['getDate', part((date) => date.getUTCDate())],
  ['getDayOfMonth', part((date) => date.getUTCDate() - 1)],
  ['getDayOfWeek', part((date) => date.getUTCDay())],
  ['getDayOfYear', part(dayOfYear)],
  ['getHours', [...part((date) => date.getUTCHours()), span(3_600_000_000_000n)]],
  ['getMinutes', [...part((date) => date.getUTCMinutes()), span(60_000_000_000n)]],
  ['getSeconds', [...part((date) => date.getUTCSeconds()), span(1_000_000_000n)]],
  ['getMilliseconds', [...part((date) => date.getUTCMilliseconds()), span(1_000_000n)]],
];
