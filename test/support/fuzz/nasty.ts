/** Values that nobody sends on purpose, and ways to put them into what somebody would. */
import type { Random } from './random.ts';

/** An object with this one field, whatever its name: a literal would set a prototype. */
function holding(key: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([[key, value]]);
}

function nested(depth: number, list: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = list ? [value] : { a: value };
  return value;
}

/** Names that mean something to JavaScript, to paths, or to nobody. */
export const nastyNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'valueOf',
  '',
  '.',
  '..',
  'a/b',
  '%2f',
  'a b',
  'ä',
  '\u{1f6a3}',
  '\ud800',
  '\u0000',
  'A',
  '-',
  'a'.repeat(64),
  'a'.repeat(300),
  '$patch',
  '$setElementOrder/containers',
  '$retainKeys',
  'length',
  '0',
  'f:metadata',
] as const;

const values: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => 2 ** 31,
  () => 2 ** 53,
  () => -(2 ** 63),
  () => '',
  () => 'x'.repeat(70_000),
  () => '9999999999999999999999Ei',
  () => '1e1000000000',
  () => '-0',
  () => '2026-99-99T99:99:99Z',
  () => '0001-01-01T00:00:00Z',
  () => [],
  () => ({}),
  () => [null],
  () => [[]],
  () => [{}],
  () => [1, 'a', {}, null],
  () => nested(60, true),
  () => nested(60, false),
  () => nested(600, true),
  () => ({ $patch: 'replace' }),
  () => [{ $patch: 'delete' }],
  () => holding('__proto__', { polluted: true }),
  () => holding('constructor', { prototype: { polluted: true } }),
  () => holding('toString', 'no'),
  () => holding('\ud800', '\udfff'),
  () => Array.from({ length: 300 }, (_, index) => ({ name: `n${index % 7}` })),
];

/** One nasty value. */
export function nastyValue(random: Random): unknown {
  return random.chance(0.3) ? random.pick(nastyNames) : random.pick(values)();
}

type Fields = Record<string, unknown>;

/** Every container in `value`, itself included. */
function containers(value: unknown, found: (Fields | unknown[])[] = []): (Fields | unknown[])[] {
  if (typeof value !== 'object' || value === null || found.length > 2000) return found;
  found.push(value as Fields | unknown[]);
  for (const inner of Object.values(value)) containers(inner, found);
  return found;
}

function put(into: Fields | unknown[], key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Changes one thing somewhere in `value`, in place. */
export function mutate(random: Random, value: unknown): void {
  const container = random.pick(containers(value));
  if (container === undefined) return;
  const keys = Object.keys(container);
  const key = keys.length === 0 ? '0' : random.pick(keys);
  const old = (container as Fields)[key];
  const way = random.below(6);
  if (way === 0 && Array.isArray(container)) container.splice(random.below(container.length + 1), 1);
  else if (way === 0) delete (container as Fields)[key];
  else if (way === 1) put(container, Array.isArray(container) ? key : random.pick(nastyNames), nastyValue(random));
  else if (way === 2 && Array.isArray(container)) container.push(old, old);
  else put(container, key, nastyValue(random));
}

/** Damages a body: cut off, bytes turned, invalid UTF-8, doubled. */
export function damage(random: Random, body: Buffer): Buffer {
  const at = random.below(body.length + 1);
  switch (random.below(6)) {
    case 0:
      return body.subarray(0, at);
    case 1: {
      const turned = Buffer.from(body);
      for (let times = 0; times < 3 && turned.length > 0; times += 1) {
        turned[random.below(turned.length)] = random.below(256);
      }
      return turned;
    }
    case 2:
      return Buffer.concat([body.subarray(0, at), Buffer.from([0xff, 0xc0, 0xed, 0xa0, 0x80]), body.subarray(at)]);
    case 3:
      return Buffer.concat([body, body]);
    case 4:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    default:
      return Buffer.concat([body.subarray(0, at), body.subarray(random.below(body.length + 1))]);
  }
}
