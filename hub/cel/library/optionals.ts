/** Values that may be missing. */
import { A, B, bool, int, listOf, mapOf, optionalOf } from '../types/type.ts';
import { EvaluationError, List, mapKey, type MapValue, Optional, sizeOf, Uint, type Value } from '../types/value.ts';
import { method, type Overload, plain } from './overload.ts';
import { indexed } from './standard.ts';

const given = (value: Value): Optional => value as Optional;

function inner(value: Value): Value {
  const { value: there } = given(value);
  if (there === undefined) throw new EvaluationError('optional.none() dereference');
  return there;
}

/** What is at an index of what may be missing. */
function indexedWithin(at: (container: Value, index: Value) => Value | undefined): Overload['run'] {
  return (a, b) => {
    const { value } = given(a);
    return new Optional(value === undefined ? undefined : at(value, b));
  };
}

const within: readonly Overload[] = [
  plain(
    [optionalOf(listOf(A)), int],
    optionalOf(A),
    indexedWithin((list, index) => indexed(list as List, index)),
  ),
  plain(
    [optionalOf(mapOf(A, B)), A],
    optionalOf(B),
    indexedWithin((map, key) => (map as MapValue).get(mapKey(key))),
  ),
];

/** Functions by name; those with a mark are what macros become. */
export const optionals: readonly (readonly [string, readonly Overload[]])[] = [
  ['@of', [plain([A], optionalOf(A), (a) => new Optional(a))]],
  ['@none', [plain([], optionalOf(A), () => new Optional(undefined))]],
  ['@value', [plain([optionalOf(A)], A, inner)]],
  ['@hasValue', [plain([optionalOf(A)], bool, (a) => given(a).value !== undefined)]],
  ['optional.of', [plain([A], optionalOf(A), (a) => new Optional(a))]],
  ['optional.none', [plain([], optionalOf(A), () => new Optional(undefined))]],
  ['optional.ofNonZeroValue', [plain([A], optionalOf(A), (a) => new Optional(isZero(a) ? undefined : a))]],
  ['hasValue', [method(optionalOf(A), [], bool, (a) => given(a).value !== undefined)]],
  ['value', [method(optionalOf(A), [], A, inner)]],
  ['or', [method(optionalOf(A), [optionalOf(A)], optionalOf(A), (a, b) => (given(a).value === undefined ? b : a))]],
  ['orValue', [method(optionalOf(A), [A], A, (a, b) => given(a).value ?? b)]],
  [
    '_[?_]',
    [
      plain([listOf(A), int], optionalOf(A), (a, b) => new Optional(indexed(a as List, b))),
      plain([mapOf(A, B), A], optionalOf(B), (a, b) => new Optional((a as MapValue).get(mapKey(b)))),
      ...within,
    ],
  ],
  ['_[_]', within],
];

function isZero(value: Value): boolean {
  if (value === null || value === '' || value === 0n || value === 0 || value === false) return true;
  if (value instanceof Uint) return value.value === 0n;
  return (value instanceof List || value instanceof Map || value instanceof Uint8Array) && sizeOf(value) === 0;
}
