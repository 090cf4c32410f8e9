/** Functions of lists: Kubernetes' own, CEL's sets, and some of CEL's lists extension. */
import { A, bool, bytes, double, duration, int, listOf, string, timestamp, type Type, uint } from '../types/type.ts';
import { compare, Duration, equal, EvaluationError, List, Uint, type Value } from '../types/value.ts';
import { type Costing, method, type Overload, plain, product, type Range, walks } from './overload.ts';

const items = (list: Value): readonly Value[] => (list as List).items;

const ordered = [int, uint, double, bool, string, bytes, duration, timestamp];
const summed: readonly (readonly [Type, Value])[] = [
  [int, 0n],
  [uint, new Uint(0n)],
  [double, 0],
  [duration, new Duration(0n)],
];

function added(a: Value, b: Value): Value {
  if (typeof a === 'bigint') return a + (b as bigint);
  if (typeof a === 'number') return a + (b as number);
  if (a instanceof Uint) return new Uint(a.value + (b as Uint).value);
  return new Duration((a as Duration).nanos + (b as Duration).nanos);
}

function extreme(name: string, wins: (order: number) => boolean): Overload['run'] {
  return (list) => {
    const [first, ...rest] = items(list);
    if (first === undefined) throw new EvaluationError(`${name} called on empty list`);
    return rest.reduce((best, item) => (wins(compare(item, best) ?? 0) ? item : best), first);
  };
}

function isSorted(list: Value): boolean {
  const all = items(list);
  return all.every((item, index) => index === 0 || (compare(all[index - 1] as Value, item) ?? 0) <= 0);
}

const has = (list: Value, item: Value): boolean => items(list).some((other) => equal(other, item));

const both: Costing = {
  estimate: (sizes) => ({ cost: product(sizes[0] as Range, sizes[1] as Range) }),
  cost: (args) => Math.max(1, items(args[0] as Value).length * items(args[1] as Value).length),
};

function unique(list: Value): List {
  const kept: Value[] = [];
  for (const item of items(list)) if (!kept.some((other) => equal(other, item))) kept.push(item);
  return new List(kept);
}

function flat(list: Value): List {
  return new List(items(list).flatMap((item) => (item instanceof List ? item.items : [item])));
}

function slice(list: Value, from: Value, to: Value): List {
  const { length } = items(list);
  const [start, end] = [Number(from), Number(to)];
  if (start < 0 || end < start || end > length) {
    throw new EvaluationError(`cannot slice(${start}, ${end}), list is length ${length}`);
  }
  return new List(items(list).slice(start, end));
}

const largest = 10_000n;

function range(count: Value): List {
  if ((count as bigint) > largest) throw new EvaluationError(`range exceeds ${largest} items`);
  return new List(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
}

/** Functions by name. */
export const lists: readonly (readonly [string, readonly Overload[]])[] = [
  ['isSorted', ordered.map((type) => method(listOf(type), [], bool, isSorted, walks(0)))],
  [
    'sum',
    summed.map(([type, zero]) => method(listOf(type), [], type, (list) => items(list).reduce(added, zero), walks(0))),
  ],
  [
    'min',
    ordered.map((type) =>
      method(
        listOf(type),
        [],
        type,
        extreme('min', (order) => order < 0),
        walks(0),
      ),
    ),
  ],
  [
    'max',
    ordered.map((type) =>
      method(
        listOf(type),
        [],
        type,
        extreme('max', (order) => order > 0),
        walks(0),
      ),
    ),
  ],
  [
    'indexOf',
    [method(listOf(A), [A], int, (list, item) => BigInt(items(list).findIndex((one) => equal(one, item))), walks(0))],
  ],
  [
    'lastIndexOf',
    [
      method(
        listOf(A),
        [A],
        int,
        (list, item) => BigInt(items(list).findLastIndex((one) => equal(one, item))),
        walks(0),
      ),
    ],
  ],
  ['sets.contains', [plain([listOf(A), listOf(A)], bool, (a, b) => items(b).every((item) => has(a, item)), both)]],
  ['sets.intersects', [plain([listOf(A), listOf(A)], bool, (a, b) => items(b).some((item) => has(a, item)), both)]],
  [
    'sets.equivalent',
    [
      plain(
        [listOf(A), listOf(A)],
        bool,
        (a, b) => items(b).every((item) => has(a, item)) && items(a).every((item) => has(b, item)),
        both,
      ),
    ],
  ],
  ['distinct', [method(listOf(A), [], listOf(A), unique, walks(0))]],
  ['flatten', [method(listOf(listOf(A)), [], listOf(A), flat, walks(0))]],
  ['reverse', [method(listOf(A), [], listOf(A), (list) => new List([...items(list)].reverse()), walks(0))]],
  ['slice', [method(listOf(A), [int, int], listOf(A), slice, walks(0))]],
  [
    'sort',
    ordered.map((type) =>
      method(
        listOf(type),
        [],
        listOf(type),
        (list) => new List([...items(list)].sort((a, b) => compare(a, b) ?? 0)),
        walks(0),
      ),
    ),
  ],
  ['lists.range', [plain([int], listOf(int), range)]],
];
