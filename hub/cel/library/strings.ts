/** Functions of texts: CEL's strings extension, and Kubernetes' find and findAll. */
import { codesOf, Regexp, RegexpFault } from '../regexp/regexp.ts';
import { bytes, dyn, int, listOf, string } from '../types/type.ts';
import {
  Duration,
  EvaluationError,
  List,
  type MapValue,
  Struct,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from '../types/value.ts';
import { findsPattern, method, type Overload, plain, reads, replaces } from './overload.ts';
import { durationText, timestampText } from './time.ts';

const chars = (text: Value): string[] => Array.from(text as string);

function bounded(index: bigint, length: number): number {
  if (index < 0n || index > BigInt(length)) throw new EvaluationError(`index out of range: ${index}`);
  return Number(index);
}

function indexOf(text: Value, part: Value, from = 0n): bigint {
  const all = chars(text);
  const wanted = chars(part);
  const start = bounded(from, all.length);
  for (let at = start; at + wanted.length <= all.length; at += 1) {
    if (wanted.every((char, offset) => all[at + offset] === char)) return BigInt(at);
  }
  return -1n;
}

function lastIndexOf(text: Value, part: Value, from?: bigint): bigint {
  const all = chars(text);
  const wanted = chars(part);
  const start = from === undefined ? all.length : bounded(from, all.length);
  for (let at = Math.min(start, all.length - wanted.length); at >= 0; at -= 1) {
    if (wanted.every((char, offset) => all[at + offset] === char)) return BigInt(at);
  }
  return -1n;
}

function substring(text: Value, from: Value, to?: Value): string {
  const all = chars(text);
  const start = bounded(from as bigint, all.length);
  const end = to === undefined ? all.length : bounded(to as bigint, all.length);
  if (start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  return all.slice(start, end).join('');
}

function replaced(text: Value, old: Value, by: Value, limit: Value = -1n): string {
  const parts = (text as string).split(old as string);
  const most = (limit as bigint) < 0n ? Infinity : Number(limit);
  if (parts.length - 1 <= most) return parts.join(by as string);
  return [...parts.slice(0, most + 1).slice(0, -1), parts.slice(most).join(old as string)].join(by as string);
}

function split(text: Value, by: Value, limit: Value = -1n): List {
  const parts = by === '' ? chars(text) : (text as string).split(by as string);
  const most = Number(limit);
  if (most < 0 || parts.length <= most) return new List(parts);
  return new List(most === 0 ? [] : [...parts.slice(0, most - 1), parts.slice(most - 1).join(by as string)]);
}

const ascii = (text: Value, from: RegExp, change: (char: string) => string): string =>
  (text as string).replace(from, change);

function compiled(pattern: Value): Regexp {
  try {
    return new Regexp(pattern as string);
  } catch (error) {
    if (error instanceof RegexpFault) throw new EvaluationError(`Illegal regex: ${error.message}`);
    throw error;
  }
}

function findAll(text: Value, pattern: Value, limit: Value = -1n): List {
  const regexp = compiled(pattern);
  const codes = codesOf(text as string);
  const found: string[] = [];
  const most = (limit as bigint) < 0n ? Infinity : Number(limit);
  for (let from = 0; from <= codes.length && found.length < most; ) {
    const match = regexp.find(codes, from);
    if (match === undefined) break;
    found.push(String.fromCodePoint(...codes.slice(match.start, match.end)));
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return new List(found);
}

function find(text: Value, pattern: Value): string {
  const codes = codesOf(text as string);
  const match = compiled(pattern).find(codes);
  return match === undefined ? '' : String.fromCodePoint(...codes.slice(match.start, match.end));
}

/** A value as `%s` prints it. */
function printed(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (value instanceof List) return `[${value.items.map(printed).join(', ')}]`;
  if (value instanceof Struct || value instanceof Map) {
    const entries = [...(value instanceof Struct ? value.fields : (value as MapValue))] as [Value, Value][];
    return `{${entries
      .map(([key, one]) => `${printed(key)}: ${printed(one)}`)
      .sort()
      .join(', ')}}`;
  }
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.name;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

function numberOf(value: Value | undefined): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw new EvaluationError('error during formatting: decimal clause can only be used on integers');
}

function clause(letter: string, precision: string, value: Value): string {
  const digits = precision === '' ? 6 : Number(precision);
  switch (letter) {
    case 's':
      return printed(value);
    case 'd':
      return typeof value === 'number' ? String(value) : String(numberOf(value));
    case 'f':
      return Number(value instanceof Uint ? value.value : value).toFixed(digits);
    case 'e':
      return Number(value instanceof Uint ? value.value : value)
        .toExponential(digits)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : numberOf(value).toString(2);
    case 'o':
      return numberOf(value).toString(8);
    default: {
      const text =
        typeof value === 'string' || value instanceof Uint8Array
          ? Buffer.from(value as string).toString('hex')
          : numberOf(value).toString(16);
      return letter === 'X' ? text.toUpperCase() : text;
    }
  }
}

function format(pattern: Value, list: Value): string {
  const { items } = list as List;
  let next = 0;
  return (pattern as string).replaceAll(
    /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g,
    (whole, precision: string = '', letter: string = '') => {
      if (whole === '%%') return '%';
      if (!'sdfebxXo'.includes(letter)) {
        throw new EvaluationError(`could not parse formatting clause: unrecognized formatting clause "${letter}"`);
      }
      if (next >= items.length) throw new EvaluationError(`index ${next} out of range`);
      next += 1;
      return clause(letter, precision, items[next - 1] as Value);
    },
  );
}

function joinTexts(list: Value, by: Value = ''): string {
  return (list as List).items.map(String).join(by as string);
}

/** Functions by name. */
export const strings: readonly (readonly [string, readonly Overload[]])[] = [
  [
    'charAt',
    [
      method(
        string,
        [int],
        string,
        (text, at) => chars(text)[bounded(at as bigint, chars(text).length)] ?? '',
        reads(0),
      ),
    ],
  ],
  [
    'indexOf',
    [
      method(string, [string], int, (text, part) => indexOf(text, part), reads(0)),
      method(string, [string, int], int, (text, part, from) => indexOf(text, part, from as bigint), reads(0)),
    ],
  ],
  [
    'lastIndexOf',
    [
      method(string, [string], int, (text, part) => lastIndexOf(text, part), reads(0)),
      method(string, [string, int], int, (text, part, from) => lastIndexOf(text, part, from as bigint), reads(0)),
    ],
  ],
  [
    'lowerAscii',
    [method(string, [], string, (text) => ascii(text, /[A-Z]/g, (char) => char.toLowerCase()), reads(0, true))],
  ],
  [
    'upperAscii',
    [method(string, [], string, (text) => ascii(text, /[a-z]/g, (char) => char.toUpperCase()), reads(0, true))],
  ],
  ['trim', [method(string, [], string, (text) => (text as string).trim(), reads(0, true))]],
  ['reverse', [method(string, [], string, (text) => chars(text).reverse().join(''), reads(0, true))]],
  [
    'substring',
    [
      method(string, [int], string, (text, from) => substring(text, from), reads(0, true)),
      method(string, [int, int], string, substring, reads(0, true)),
    ],
  ],
  [
    'replace',
    [
      method(string, [string, string], string, (text, old, by) => replaced(text, old, by), replaces),
      method(string, [string, string, int], string, replaced, replaces),
    ],
  ],
  [
    'split',
    [
      method(string, [string], listOf(string), (text, by) => split(text, by), reads(0, true, 2)),
      method(string, [string, int], listOf(string), split, reads(0, true, 2)),
    ],
  ],
  [
    'join',
    [
      method(listOf(string), [], string, (list) => joinTexts(list), reads(0)),
      method(listOf(string), [string], string, joinTexts, reads(0)),
    ],
  ],
  ['format', [method(string, [listOf(dyn)], string, format, reads(0))]],
  ['strings.quote', [plain([string], string, (text) => JSON.stringify(text), reads(0))]],
  ['find', [method(string, [string], string, find, findsPattern)]],
  [
    'findAll',
    [
      method(string, [string], listOf(string), (text, pattern) => findAll(text, pattern), findsPattern),
      method(string, [string, int], listOf(string), findAll, findsPattern),
    ],
  ],
  ['base64.encode', [plain([bytes], string, (value) => Buffer.from(value as Uint8Array).toString('base64'), reads(0))]],
  ['base64.decode', [plain([string], bytes, (text) => Buffer.from(text as string, 'base64'), reads(0))]],
];
