/** The contract of the function libraries: signatures, what they do, and what they cost. */
import type { Type } from '../types/type.ts';
import { type Value, sizeOf } from '../types/value.ts';

/** Between least and most. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is known of a call before it runs: the sizes of its arguments, target first. */
export interface Estimate {
  readonly cost: Range;
  /** The size of the result, where it follows from the arguments. */
  readonly size?: Range;
}

/** One signature of a function. */
export interface Overload {
  /** What comes before the dot; undefined for plain functions. */
  readonly target: Type | undefined;
  readonly args: readonly Type[];
  readonly result: Type;
  /** Takes the target first. Throws EvaluationError. */
  readonly run: (...args: Value[]) => Value;
  /** Unset: 1. */
  readonly estimate?: ((sizes: readonly Range[]) => Estimate) | undefined;
  readonly cost?: ((args: readonly Value[], result: Value | undefined) => number) | undefined;
}

/** Functions by name. */
export type Library = ReadonlyMap<string, readonly Overload[]>;

/** What reading a character costs. */
export const perCharacter = 0.1;
const perPatternCharacter = 0.25;

const one: Range = { min: 1, max: 1 };

/** Costs are whole. */
export function times(range: Range, factor: number): Range {
  return { min: Math.ceil(range.min * factor), max: Math.ceil(range.max * factor) };
}

/** Both, one after the other. */
export function plus(a: Range, b: Range): Range {
  return { min: a.min + b.min, max: a.max + b.max };
}

/** One for each of the other. Nothing of anything is nothing. */
export function product(a: Range, b: Range): Range {
  return { min: a.min === 0 || b.min === 0 ? 0 : a.min * b.min, max: a.max === 0 || b.max === 0 ? 0 : a.max * b.max };
}

/** How a function costs. */
export type Costing = Pick<Overload, 'estimate' | 'cost'>;

const sizeAt = (sizes: readonly Range[], index: number): Range => sizes[index] ?? one;

/** Reads one of its arguments through, `often` times. `keeps`: the result is at most as long. */
export function reads(index: number, keeps = false, often = 1): Costing {
  const each = perCharacter * often;
  return {
    estimate: (sizes) => {
      const size = sizeAt(sizes, index);
      return { cost: times(size, each), ...(keeps ? { size: { min: 0, max: size.max } } : {}) };
    },
    cost: (args) => Math.ceil(sizeOf(args[index] as Value) * each),
  };
}

/** Reads a text through and makes another one, with some parts replaced by others. */
export const replaces: Costing = {
  estimate: (sizes) => {
    const [text, old, by] = [sizeAt(sizes, 0), sizeAt(sizes, 1), sizeAt(sizes, 2)];
    // API: the longest result has as many of the shortest parts as there can be, each replaced by the longest
    const between = { min: 0, max: (text.max + 1) * by.max + text.max };
    const grown = { min: 0, max: Math.ceil(text.max / old.min) * by.max };
    const size = old.min === 0 ? between : by.max <= old.min ? { min: 0, max: text.max } : grown;
    return { cost: times(text, 2 * perCharacter), size };
  },
  cost: (args) => Math.ceil(sizeOf(args[0] as Value) * 2 * perCharacter),
};

/** Looks at every item of a list. */
export function walks(index: number): Costing {
  return {
    estimate: (sizes) => ({ cost: sizeAt(sizes, index) }),
    cost: (args) => sizeOf(args[index] as Value),
  };
}

/** Compares two values, as far as the shorter goes. */
export const compares: Costing = {
  estimate: (sizes) => {
    const most = Math.min(sizeAt(sizes, 0).max, sizeAt(sizes, 1).max);
    return { cost: times({ min: most > 0 ? 1 : 0, max: most }, perCharacter) };
  },
  cost: (args) => Math.ceil(Math.min(sizeOf(args[0] as Value), sizeOf(args[1] as Value)) * perCharacter),
};

/** Looks for one text in another. */
export const searches: Costing = {
  estimate: (sizes) => ({
    cost: product(times(sizeAt(sizes, 0), perCharacter), times(sizeAt(sizes, 1), perCharacter)),
  }),
  cost: (args) =>
    Math.ceil(sizeOf(args[0] as Value) * perCharacter) * Math.ceil(sizeOf(args[1] as Value) * perCharacter),
};

/** Matches a text with a pattern. */
export const matchesPattern: Costing = {
  estimate: (sizes) => {
    const text = times(plus(sizeAt(sizes, 0), one), perCharacter);
    return { cost: product(text, times(sizeAt(sizes, 1), perPatternCharacter)) };
  },
  cost: (args) =>
    Math.ceil((sizeOf(args[0] as Value) + 1) * perCharacter) *
    Math.ceil(sizeOf(args[1] as Value) * perPatternCharacter),
};

/** Looks for what matches a pattern: as much as the text at most. */
export const findsPattern: Costing = {
  ...matchesPattern,
  estimate: (sizes) => {
    const cost = matchesPattern.estimate?.(sizes).cost ?? one;
    return { cost, size: { min: 0, max: sizeAt(sizes, 0).max } };
  },
};

/** Puts two texts together. */
export const joins: Costing = {
  estimate: (sizes) => {
    const size = plus(sizeAt(sizes, 0), sizeAt(sizes, 1));
    return { cost: times(size, perCharacter), size };
  },
  cost: (args) => Math.ceil((sizeOf(args[0] as Value) + sizeOf(args[1] as Value)) * perCharacter),
};

/** A plain function. */
export function plain(args: readonly Type[], result: Type, run: Overload['run'], costing: Costing = {}): Overload {
  return { target: undefined, args, result, run, ...costing };
}

/** A function of a target. */
export function method(
  target: Type,
  args: readonly Type[],
  result: Type,
  run: Overload['run'],
  costing: Costing = {},
): Overload {
  return { target, args, result, run, ...costing };
}
