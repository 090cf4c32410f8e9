/** Objects of a kind with one field of it being what nobody thought of: not there, null, empty, too much, alone, or beside all others. */
import type { Field, Schemas, Value } from '../../../hub/kinds/schema.ts';

type Fields = Record<string, unknown>;

/** A way from an object to something in it: names, and 0 for the first item of a list. */
type Path = readonly (string | number)[];

/** One object to try. */
export interface Variant {
  /** `spec.ports[0].port = null`. */
  readonly what: string;
  readonly object: Fields;
}

/** Which variants. */
export interface VariantOptions {
  /** How many objects deep. */
  readonly depth: number;
  /** True: numbers out of range, long texts and filled objects too, and each also beside everything there could be. */
  readonly all: boolean;
  /** Types whose fields were looked at deep inside of another object, and are not again; grows. */
  readonly seen: Set<string>;
}

/** Something in an object, and what is above it. */
interface Spot {
  readonly path: Path;
  readonly value: Value;
  /** The type that has the field, and how many parts of the path lead there. */
  readonly owner: string;
  readonly ownerDepth: number;
}

/** The key in maps that have none. */
const key = 'app';

/** Fields of objects that stand for a value when a type is filled. */
const usual: Readonly<Record<string, unknown>> = { name: 'a', namespace: 'fuzz', kind: 'A', apiVersion: 'v1' };

function text(format: string | undefined): string {
  if (format === 'date-time') return '2026-01-02T03:04:05Z';
  if (format === 'micro-time') return '2026-01-02T03:04:05.000006Z';
  return format === 'byte' ? 'aGVsbG8=' : 'a';
}

/** What is nearly nothing. */
function* bare(value: Value): Generator<readonly [string, unknown]> {
  yield ['nothing', undefined];
  yield ['null', null];
  if (value.is === 'string') yield ['none', ''];
  if (value.is === 'object') yield ['{}', {}];
  if (value.is === 'list') yield value.item.is === 'object' ? ['[null, {}]', [null, {}]] : ['[null]', [null]];
  if (value.is === 'map') yield ['{app: null}', { [key]: null }];
  if (value.is === 'any') yield ['{app: null}', { [key]: null }];
}

/** Makes the variants of objects. */
export class FieldVariants {
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** An object with every field of its type, `depth` objects deep. */
  filled(type: string, depth: number): Fields {
    const object: Fields = {};
    if (depth <= 0) return object;
    for (const field of this.#fields(type)) {
      if (field.name !== 'managedFields') object[field.name] = usual[field.name] ?? this.#some(field.value, depth - 1);
    }
    return object;
  }

  /**
   * `base` with each field of its type (but kind and apiVersion) being each of its odd values; shares nothing with it.
   */
  *of(type: string, base: Fields, options: VariantOptions): Generator<Variant> {
    for (const spot of this.#spots(type, options)) {
      const path = spot.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
      for (const beside of options.all ? [false, true] : [false]) {
        for (const [name, value] of options.all ? this.#odd(spot.value) : bare(spot.value)) {
          const object = this.#with(base, spot, beside, value);
          yield { what: `${path} = ${name}${beside ? ' beside all' : ''}`, object };
        }
      }
    }
  }

  #fields(type: string): Iterable<Field> {
    return this.#schemas.get(type)?.fields.values() ?? [];
  }

  *#spots(type: string, options: VariantOptions): Generator<Spot> {
    const within: string[] = [];
    const walk = function* (this: FieldVariants, owner: string, path: Path): Generator<Spot> {
      if (within.filter((one) => one === owner).length > 1 || within.length >= options.depth) return;
      if (options.seen.has(owner) && within.length > 2) return;
      options.seen.add(owner);
      within.push(owner);
      for (const field of this.#fields(owner)) {
        if (path.length === 0 && (field.name === 'kind' || field.name === 'apiVersion')) continue;
        if (field.name === 'managedFields') continue;
        yield* below.call(this, { path: [...path, field.name], value: field.value, owner, ownerDepth: path.length });
      }
      within.pop();
    };
    const below = function* (this: FieldVariants, spot: Spot): Generator<Spot> {
      yield spot;
      const { value, path } = spot;
      if (value.is === 'object') yield* walk.call(this, value.type, path);
      else if (value.is === 'any' && value.type !== undefined) yield* walk.call(this, value.type, path);
      else if (value.is === 'list') yield* inside.call(this, value.item, [...path, 0]);
      else if (value.is === 'map') yield* inside.call(this, value.item, [...path, key]);
    };
    const inside = function* (this: FieldVariants, item: Value, path: Path): Generator<Spot> {
      if (item.is === 'object') yield* walk.call(this, item.type, path);
      else if (item.is === 'list') yield* inside.call(this, item.item, [...path, 0]);
      else if (item.is === 'map') yield* inside.call(this, item.item, [...path, key]);
    };
    yield* walk.call(this, type, []);
  }

  /** A copy of `base` with `value` at a spot; undefined takes away what is there. */
  #with(base: Fields, spot: Spot, beside: boolean, value: unknown): Fields {
    const object = structuredClone(base);
    let at: Fields = object;
    const owner = (): void => {
      if (!beside) return;
      for (const [name, one] of Object.entries(this.filled(spot.owner, 2))) at[name] ??= one;
    };
    spot.path.slice(0, -1).forEach((part, index) => {
      if (index === spot.ownerDepth) owner();
      const next = spot.path[index + 1];
      let found = at[part] as Fields | null | undefined;
      if (typeof found !== 'object' || found === null) {
        found = (typeof next === 'number' ? [] : {}) as Fields;
        at[part] = found;
      }
      at = found;
    });
    if (spot.ownerDepth === spot.path.length - 1) owner();
    const last = spot.path.at(-1) as string;
    if (value === undefined) delete at[last];
    else at[last] = structuredClone(value);
    return object;
  }

  *#odd(value: Value): Generator<readonly [string, unknown]> {
    yield ['nothing', undefined];
    yield ['null', null];
    switch (value.is) {
      case 'string':
        yield ['none', ''];
        if (value.format === undefined)
          yield* [
            ['long', 'x'.repeat(300)],
            ['odd', ' ä/:\n'],
          ] as const;
        else if (value.format === 'byte') yield ['bytes', 'aGVsbG8='];
        else yield ['time', text(value.format)];
        return;
      case 'integer':
        yield* [
          ['0', 0],
          ['-1', -1],
          ['most', 2 ** 31 - 1],
        ] as const;
        if (value.format === 'int64') yield ['huge', 2 ** 62];
        return;
      case 'number':
        yield* [
          ['0', 0],
          ['huge', 1e308],
        ] as const;
        return;
      case 'boolean':
        yield* [
          ['false', false],
          ['true', true],
        ] as const;
        return;
      case 'int-or-string':
        yield* [
          ['0', 0],
          ['-1', -1],
          ['none', ''],
          ['text', 'x'],
          ['share', '250%'],
        ] as const;
        return;
      case 'quantity':
        yield* [
          ['0', '0'],
          ['-1', '-1'],
          ['huge', '99999999999999999999E'],
          ['small', '1n'],
        ] as const;
        return;
      case 'any':
        yield* [
          ['{}', {}],
          ['[]', []],
          ['text', 'x'],
          ['false', false],
          ['[null]', [null]],
          ['{app: null}', { [key]: null }],
        ] as const;
        return;
      case 'object':
        yield ['{}', {}];
        yield ['all', this.filled(value.type, 3)];
        return;
      case 'list':
        yield* [
          ['[]', []],
          ['[null]', [null]],
        ] as const;
        if (value.item.is === 'object') yield ['[{}]', [{}]];
        yield ['[all, all]', [this.#some(value.item, 2), this.#some(value.item, 2)]];
        return;
      case 'map':
        yield* [
          ['{}', {}],
          ['{app: null}', { [key]: null }],
        ] as const;
        yield ["{'': all}", { '': this.#some(value.item, 2) }];
    }
  }

  #some(value: Value, depth: number): unknown {
    switch (value.is) {
      case 'string':
        return text(value.format);
      case 'integer':
      case 'number':
      case 'int-or-string':
        return 1;
      case 'boolean':
        return true;
      case 'quantity':
        return '1';
      case 'any':
        return value.type === undefined ? { a: 1 } : this.filled(value.type, depth);
      case 'object':
        return this.filled(value.type, depth);
      case 'list':
        return [this.#some(value.item, depth)];
      case 'map':
        return { [key]: this.#some(value.item, depth) };
    }
  }
}
