/** From one type to another. */
import { A, bool, bytes, double, duration, dyn, int, string, timestamp, typeType, uint } from '../types/type.ts';
import { type Duration, EvaluationError, Timestamp, TypeValue, typeOf, type Uint } from '../types/value.ts';
import { type Overload, plain, reads } from './overload.ts';
import { unsigned, whole } from './standard.ts';
import { durationText, readDuration, readTimestamp, timestampText } from './time.ts';

function doubleOf(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i.test(text)) {
    const special = /^([+-]?)inf/i.exec(text);
    return special === null ? Number(text) : special[1] === '-' ? -Infinity : Infinity;
  }
  throw new EvaluationError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function wholeOf(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new EvaluationError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return whole(BigInt(text.replace(/^\+/, '')));
}

function truncated(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new EvaluationError('integer overflow');
  return BigInt(Math.trunc(value));
}

/** Functions by name. */
export const conversions: readonly (readonly [string, readonly Overload[]])[] = [
  [
    'int',
    [
      plain([int], int, (a) => a),
      plain([uint], int, (a) => whole((a as Uint).value)),
      plain([double], int, (a) => truncated(a as number)),
      plain([string], int, (a) => wholeOf(a as string), reads(0)),
      plain([timestamp], int, (a) => (a as Timestamp).nanos / 1_000_000_000n),
    ],
  ],
  [
    'uint',
    [
      plain([uint], uint, (a) => a),
      plain([int], uint, (a) => unsigned(a as bigint)),
      plain([double], uint, (a) => unsigned(truncated(a as number))),
      plain([string], uint, (a) => unsigned(wholeOf(a as string)), reads(0)),
    ],
  ],
  [
    'double',
    [
      plain([double], double, (a) => a),
      plain([int], double, (a) => Number(a)),
      plain([uint], double, (a) => Number((a as Uint).value)),
      plain([string], double, (a) => doubleOf(a as string), reads(0)),
    ],
  ],
  [
    'string',
    [
      plain([string], string, (a) => a),
      plain([bool], string, (a) => String(a)),
      plain([int], string, (a) => String(a)),
      plain([uint], string, (a) => String((a as Uint).value)),
      plain([double], string, (a) => String(a)),
      plain([bytes], string, (a) => Buffer.from(a as Uint8Array).toString('utf8'), reads(0, true)),
      plain([timestamp], string, (a) => timestampText(a as Timestamp)),
      plain([duration], string, (a) => durationText(a as Duration)),
    ],
  ],
  ['bytes', [plain([bytes], bytes, (a) => a), plain([string], bytes, (a) => Buffer.from(a as string), reads(0, true))]],
  [
    'bool',
    [
      plain([bool], bool, (a) => a),
      plain([string], bool, (a) => {
        if (['true', 'True', 'TRUE', 't', '1'].includes(a as string)) return true;
        if (['false', 'False', 'FALSE', 'f', '0'].includes(a as string)) return false;
        throw new EvaluationError(`strconv.ParseBool: parsing ${JSON.stringify(a)}: invalid syntax`);
      }),
    ],
  ],
  [
    'timestamp',
    [
      plain([timestamp], timestamp, (a) => a),
      plain([string], timestamp, (a) => readTimestamp(a as string)),
      plain([int], timestamp, (a) => new Timestamp((a as bigint) * 1_000_000_000n)),
    ],
  ],
  ['duration', [plain([duration], duration, (a) => a), plain([string], duration, (a) => readDuration(a as string))]],
  ['dyn', [plain([A], dyn, (a) => a)]],
  ['type', [plain([A], typeType, (a) => new TypeValue(typeOf(a)))]],
];
