/** Operators and functions that every expression may use. */
import { Regexp, RegexpFault } from '../regexp/regexp.ts';
import {
  A,
  B,
  bool,
  bytes,
  double,
  duration,
  int,
  listOf,
  mapOf,
  string,
  timestamp,
  type Type,
  uint,
} from '../types/type.ts';
import {
  compare,
  Duration,
  equal,
  EvaluationError,
  List,
  mapKey,
  type MapValue,
  sizeOf,
  Struct,
  Timestamp,
  Uint,
  type Value,
} from '../types/value.ts';
import {
  compares,
  type Costing,
  joins,
  matchesPattern,
  method,
  type Overload,
  plain,
  reads,
  searches,
} from './overload.ts';

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;
const unsignedMost = 2n ** 64n - 1n;

/** A whole number of 64 bits. Throws EvaluationError for one that is none. */
export function whole(value: bigint): bigint {
  if (value < least || value > most) throw new EvaluationError('integer overflow');
  return value;
}

/** An unsigned one. */
export function unsigned(value: bigint): Uint {
  if (value < 0n || value > unsignedMost) throw new EvaluationError('unsigned integer overflow');
  return new Uint(value);
}

type Whole = (a: bigint, b: bigint) => bigint;

function divided(operation: Whole, name: string): Whole {
  return (a, b) => {
    if (b === 0n) throw new EvaluationError(name);
    return operation(a, b);
  };
}

function arithmetic(onWhole: Whole, onDouble?: (a: number, b: number) => number): Overload[] {
  const list = [
    plain([int, int], int, (a, b) => whole(onWhole(a as bigint, b as bigint))),
    plain([uint, uint], uint, (a, b) => unsigned(onWhole((a as Uint).value, (b as Uint).value))),
  ];
  if (onDouble !== undefined) list.push(plain([double, double], double, (a, b) => onDouble(a as number, b as number)));
  return list;
}

const concatenated: Costing = {
  estimate: (sizes) => ({
    cost: { min: 1, max: 1 },
    size: { min: (sizes[0]?.min ?? 0) + (sizes[1]?.min ?? 0), max: (sizes[0]?.max ?? 0) + (sizes[1]?.max ?? 0) },
  }),
};

/** API: adding to a set keeps it one; adding to a list with keys replaces the items of the same keys. */
function joined(a: List, b: List): List {
  const { keys } = a;
  if (keys === undefined) return new List([...a.items, ...b.items]);
  const same = (x: Value, y: Value): boolean => {
    if (keys.length === 0) return equal(x, y);
    const field = (value: Value, key: string): Value =>
      value instanceof Struct ? (value.fields.get(key) ?? null) : null;
    return keys.every((key) => equal(field(x, key), field(y, key)));
  };
  const items = a.items.map((item) => b.items.findLast((other) => same(item, other)) ?? item);
  return new List([...items, ...b.items.filter((item) => !a.items.some((other) => same(item, other)))], keys);
}

const additions: Overload[] = [
  ...arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  plain([string, string], string, (a, b) => (a as string) + (b as string), joins),
  plain([bytes, bytes], bytes, (a, b) => Buffer.concat([a as Uint8Array, b as Uint8Array]), joins),
  plain([listOf(A), listOf(A)], listOf(A), (a, b) => joined(a as List, b as List), concatenated),
  plain([timestamp, duration], timestamp, (a, b) => new Timestamp((a as Timestamp).nanos + (b as Duration).nanos)),
  plain([duration, timestamp], timestamp, (a, b) => new Timestamp((b as Timestamp).nanos + (a as Duration).nanos)),
  plain([duration, duration], duration, (a, b) => new Duration((a as Duration).nanos + (b as Duration).nanos)),
];

const subtractions: Overload[] = [
  ...arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  plain([timestamp, timestamp], duration, (a, b) => new Duration((a as Timestamp).nanos - (b as Timestamp).nanos)),
  plain([timestamp, duration], timestamp, (a, b) => new Timestamp((a as Timestamp).nanos - (b as Duration).nanos)),
  plain([duration, duration], duration, (a, b) => new Duration((a as Duration).nanos - (b as Duration).nanos)),
];

/** Types that have an order; numbers have one across their types. */
const ordered: readonly (readonly [Type, Type])[] = [
  ...[bool, int, uint, double, string, bytes, timestamp, duration].map((type) => [type, type] as const),
  [int, uint],
  [int, double],
  [uint, int],
  [uint, double],
  [double, int],
  [double, uint],
];

function relation(holds: (order: number) => boolean): Overload[] {
  return ordered.map(([left, right]) =>
    plain(
      [left, right],
      bool,
      (a, b) => {
        const order = compare(a, b);
        return order !== undefined && holds(order);
      },
      left === string || left === bytes ? compares : {},
    ),
  );
}

/** The item at an index; undefined when there is none. */
export function indexed(list: List, index: Value): Value | undefined {
  const at = typeof index === 'number' ? index : Number(mapKey(index));
  return Number.isInteger(at) ? list.items[at] : undefined;
}

function itemAt(list: Value, index: Value): Value {
  const item = indexed(list as List, index);
  if (item === undefined) throw new EvaluationError(`index out of bounds: ${String(mapKey(index))}`);
  return item;
}

/** A key that is not there, in Go's words. */
export function noSuchKey(key: Value): EvaluationError {
  return new EvaluationError(`no such key: ${String(mapKey(key))}`);
}

function valueAt(map: Value, key: Value): Value {
  const value = (map as MapValue).get(mapKey(key));
  if (value === undefined) throw noSuchKey(key);
  return value;
}

const contains: Costing = {
  estimate: (sizes) => ({ cost: sizes[1] ?? { min: 1, max: 1 } }),
  cost: (args) => sizeOf(args[1] as Value),
};

const regexps: Overload['run'] = (text, pattern) => {
  try {
    return new Regexp(pattern as string).test(text as string);
  } catch (error) {
    if (error instanceof RegexpFault) throw new EvaluationError(error.message);
    throw error;
  }
};

const size = (type: Type): Overload[] => [
  plain([type], int, (a) => BigInt(sizeOf(a))),
  method(type, [], int, (a) => BigInt(sizeOf(a))),
];

/** `_==_` and `_!=_` of any two values of one type. */
const equality = (holds: boolean): Overload => plain([A, A], bool, (a, b) => equal(a, b) === holds, compares);

/** Functions by name. */
export const standard: readonly (readonly [string, readonly Overload[]])[] = [
  ['_==_', [equality(true)]],
  ['_!=_', [equality(false)]],
  ['_<_', relation((order) => order < 0)],
  ['_<=_', relation((order) => order <= 0)],
  ['_>_', relation((order) => order > 0)],
  ['_>=_', relation((order) => order >= 0)],
  ['_+_', additions],
  ['_-_', subtractions],
  [
    '_*_',
    arithmetic(
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  ],
  [
    '_/_',
    arithmetic(
      divided((a, b) => a / b, 'division by zero'),
      (a, b) => a / b,
    ),
  ],
  ['_%_', arithmetic(divided((a, b) => a % b, 'modulus by zero'))],
  ['-_', [plain([int], int, (a) => whole(-(a as bigint))), plain([double], double, (a) => -(a as number))]],
  ['!_', [plain([bool], bool, (a) => a !== true)]],
  [
    '@in',
    [
      plain([A, listOf(A)], bool, (a, b) => (b as List).items.some((item) => equal(item, a)), contains),
      plain([A, mapOf(A, B)], bool, (a, b) => (b as MapValue).has(mapKey(a))),
    ],
  ],
  ['_[_]', [plain([listOf(A), int], A, itemAt), plain([mapOf(A, B), A], B, valueAt)]],
  ['@insert', [plain([mapOf(A, B), A, B], mapOf(A, B), (a, b, c) => new Map([...(a as MapValue), [mapKey(b), c]]))]],
  ['size', [...size(string), ...size(bytes), ...size(listOf(A)), ...size(mapOf(A, B))]],
  ['contains', [method(string, [string], bool, (a, b) => (a as string).includes(b as string), searches)]],
  ['startsWith', [method(string, [string], bool, (a, b) => (a as string).startsWith(b as string), reads(1))]],
  ['endsWith', [method(string, [string], bool, (a, b) => (a as string).endsWith(b as string), reads(1))]],
  [
    'matches',
    [method(string, [string], bool, regexps, matchesPattern), plain([string, string], bool, regexps, matchesPattern)],
  ],
];
