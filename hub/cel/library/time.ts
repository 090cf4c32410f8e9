/** Moments and lengths of time, as Go reads and prints them. */
import { Duration, EvaluationError, Timestamp } from '../types/value.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** `1h30m`. Throws EvaluationError. */
export function readDuration(text: string): Duration {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (text === '0') return new Duration(0n);
  if (match === null) throw new EvaluationError(`time: invalid duration ${JSON.stringify(text)}`);
  let nanos = 0n;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const [whole = '0', fraction = ''] = number.split('.');
    const scale = units[unit] ?? 0n;
    nanos += BigInt(whole === '' ? '0' : whole) * scale;
    if (fraction !== '')
      nanos += (BigInt(fraction.slice(0, 18)) * scale) / 10n ** BigInt(Math.min(fraction.length, 18));
  }
  return new Duration(match[1] === '-' ? -nanos : nanos);
}

/** `5400s`. */
export function durationText({ nanos }: Duration): string {
  return `${decimals(nanos, 1_000_000_000n)}s`;
}

function decimals(value: bigint, unit: bigint): string {
  const sign = value < 0n ? '-' : '';
  const amount = value < 0n ? -value : value;
  const digits = String(unit).length - 1;
  const fraction = String(amount % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${sign}${amount / unit}${fraction === '' ? '' : `.${fraction}`}`;
}

/** RFC 3339. Throws EvaluationError. */
export function readTimestamp(text: string): Timestamp {
  const match = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}${(match[4] ?? 'Z').toUpperCase()}`);
  if (Number.isNaN(millis)) throw new EvaluationError(`invalid timestamp ${JSON.stringify(text)}`);
  return new Timestamp(BigInt(millis) * 1_000_000n + BigInt((match?.[3] ?? '').padEnd(9, '0')));
}

/** RFC 3339 in UTC. */
export function timestampText({ nanos }: Timestamp): string {
  const seconds = nanos / 1_000_000_000n;
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${base}${fraction === '' ? '' : `.${fraction}`}Z`;
}
