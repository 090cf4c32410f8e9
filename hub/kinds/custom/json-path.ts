/** JSON paths of columns, scales and selectable fields: the part of kubectl's language that reads one place or many. */
import { isFields } from './structural.ts';

/** Finds the values at a path in a value. */
export type JsonPath = (root: unknown) => unknown[];

type Step = (values: readonly unknown[]) => unknown[];

/** Why a text is no path. */
export class PathFault extends Error {}

/** A path finds at most this many values. */
const most = 1000;

const own = (value: unknown, name: string): unknown[] =>
  isFields(value) && Object.hasOwn(value, name) ? [value[name]] : [];

const members = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];

const field =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => own(value, name));
const every: Step = (values) => values.flatMap(members).slice(0, most);

function descend(values: readonly unknown[]): unknown[] {
  const found: unknown[] = [...values];
  for (let at = 0; at < found.length && found.length < most; at += 1) found.push(...members(found[at]));
  return found.slice(0, most);
}

function slice(text: string): Step | undefined {
  const match = /^(-?\d*)(?::(-?\d*))?(?::(-?\d+))?$/.exec(text);
  if (match === null || text === '') return undefined;
  const [, from = '', to] = match;
  const at = Number(from);
  if (to === undefined) return (values) => values.flatMap((value) => item(value, at));
  return (values) =>
    values.flatMap((value) =>
      Array.isArray(value) ? value.slice(from === '' ? 0 : at, to === '' ? undefined : Number(to)) : [],
    );
}

function item(value: unknown, at: number): unknown[] {
  if (!Array.isArray(value)) return [];
  const index = at < 0 ? value.length + at : at;
  return index < value.length && index >= 0 ? [value[index]] : [];
}

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => Number(a) < Number(b),
  '>': (a, b) => Number(a) > Number(b),
  '<=': (a, b) => Number(a) <= Number(b),
  '>=': (a, b) => Number(a) >= Number(b),
};

function operand(text: string): JsonPath {
  if (text.startsWith('@')) return parseJsonPath(text.slice(1));
  if (/^(["']).*\1$/.test(text)) return () => [text.slice(1, -1)];
  if (/^-?\d+(\.\d+)?$/.test(text)) return () => [Number(text)];
  if (text === 'true' || text === 'false') return () => [text === 'true'];
  throw new PathFault(`unrecognized operand ${text}`);
}

/** `@.type=="Ready"`, or `@.type` alone. */
function filter(text: string): Step {
  const match = /^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/.exec(text.trim());
  const left = operand((match?.[1] ?? text).trim());
  const right = match === null ? undefined : operand((match[3] ?? '').trim());
  const compare = comparisons[match?.[2] ?? '=='];
  const holds = (value: unknown): boolean => {
    const [a] = left(value);
    if (right === undefined) return a !== undefined;
    return a !== undefined && compare?.(a, right(value)[0]) === true;
  };
  return (values) => values.flatMap((value) => (Array.isArray(value) ? value.filter(holds) : []));
}

function bracket(text: string): Step {
  if (text === '*') return every;
  const condition = /^\?\((.*)\)$/s.exec(text);
  if (condition !== null) return filter(condition[1] ?? '');
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return field(quoted[2] ?? '');
  const parts = text.split(',').map((part) => slice(part.trim()) ?? named(part.trim()));
  return (values) => parts.flatMap((part) => part(values));
}

function named(text: string): Step {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted === null) throw new PathFault(`invalid array index ${text}`);
  return field(quoted[2] ?? '');
}

/** Where the bracket that opens at `from` is closed again; quotes may hold brackets. */
function closing(text: string, from: number): number {
  let quote = '';
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] as string;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '[') depth += 1;
    else if (char === ']') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new PathFault('unterminated array');
}

/** Reads a path such as `.status.conditions[?(@.type=="Ready")].status`. Throws PathFault. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('..', at)) {
      steps.push(descend);
      at += 1;
      continue;
    }
    if (text[at] === '[') {
      const end = closing(text, at);
      steps.push(bracket(text.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    const name = /^\.?((?:\\.|[^.[\]])+)/.exec(text.slice(at));
    if (name === null) {
      if (text === '.') break;
      throw new PathFault(`unexpected ${text.slice(at)}`);
    }
    const key = (name[1] ?? '').replaceAll(/\\(.)/g, '$1');
    steps.push(key === '*' ? every : field(key));
    at += name[0].length;
  }
  return (root) => steps.reduce<unknown[]>((values, step) => step(values), [root]);
}

/** The names of a path that only walks through fields: `.spec.replicas`. */
export function simplePath(text: string): string[] {
  return text.split('.').slice(1);
}

/** The value at names, one below the other; undefined when it is not there. */
export function valueAt(root: unknown, names: readonly string[]): unknown {
  let value = root;
  for (const name of names) {
    if (!isFields(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Puts a value at names, making the objects on the way. */
export function putAt(root: object, names: readonly string[], value: unknown): void {
  let holder = root as Record<string, unknown>;
  for (const name of names.slice(0, -1)) {
    if (!isFields(holder[name])) holder[name] = {};
    holder = holder[name] as Record<string, unknown>;
  }
  const last = names.at(-1);
  if (last !== undefined) holder[last] = value;
}
