/** Values of CEL when it runs. Whole numbers are bigints, doubles are numbers. */

/** An unsigned number. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A moment, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A length of time, in nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A type as a value. */
export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value that may be missing. */
export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** An object with declared fields; those that are not set are not here. */
export class Struct {
  readonly fields: ReadonlyMap<string, Value>;
  /** The type it was written with (`Object.spec{…}`); undefined for what was read. */
  readonly type: string | undefined;

  constructor(fields: ReadonlyMap<string, Value>, type?: string) {
    this.fields = fields;
    this.type = type;
  }
}

/** A value of a library: an address, a quantity. `kind` is its type. */
export abstract class Opaque {
  abstract readonly kind: string;
  abstract equals(other: Opaque): boolean;
  abstract toString(): string;
}

/** A list; one of type set or map has no order, and says by what its items are told apart. */
export class List {
  readonly items: readonly Value[];
  /** Undefined for plain lists; none for sets; the key fields of maps. */
  readonly keys: readonly string[] | undefined;

  constructor(items: readonly Value[], keys?: readonly string[]) {
    this.items = items;
    this.keys = keys;
  }
}

/** Keys are strings, bigints and booleans. */
export type MapValue = ReadonlyMap<Value, Value>;

/** What an expression works with: int is bigint, double is number, a message is Struct. */
export type Value =
  | bigint
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | Struct
  | List
  | MapValue
  | Opaque;

/** Something that cannot be worked out: an error of CEL, which && and || may do without. */
export class EvaluationError extends Error {}

/** The type of a value. */
export function typeOf(value: Value): string {
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    default:
  }
  if (value === null) return 'null_type';
  if (value instanceof Opaque) return value.kind;
  for (const [kind, name] of kinds) if (value instanceof kind) return name;
  return 'dyn';
}

const kinds: readonly (readonly [new (...args: never[]) => object, string])[] = [
  [Uint8Array, 'bytes'],
  [Uint, 'uint'],
  [Timestamp, 'google.protobuf.Timestamp'],
  [Duration, 'google.protobuf.Duration'],
  [TypeValue, 'type'],
  [Optional, 'optional_type'],
  [Struct, 'object'],
  [List, 'list'],
  [Map, 'map'],
];

/** A number as JavaScript compares it. */
function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** The key under which a map keeps a value. */
export function mapKey(value: Value): Value {
  if (value instanceof Uint) return value.value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sameUnordered(a: List, b: List): boolean {
  if (a.items.length !== b.items.length) return false;
  return a.items.every((item) => b.items.some((other) => equal(item, other)));
}

function sameFields(a: ReadonlyMap<Value, Value>, b: ReadonlyMap<Value, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equal(value, other)) return false;
  }
  return true;
}

function sameLists(a: List, b: List): boolean {
  if (a.keys !== undefined || b.keys !== undefined) return sameUnordered(a, b);
  return a.items.length === b.items.length && a.items.every((item, index) => equal(item, b.items[index] as Value));
}

function sameOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value);
}

function sameObjects(a: object, b: object): boolean {
  if (a instanceof List && b instanceof List) return sameLists(a, b);
  if (a instanceof Struct && b instanceof Struct) return a.type === b.type && sameFields(a.fields, b.fields);
  if (a instanceof Map && b instanceof Map) return sameFields(a, b);
  if (a instanceof Optional && b instanceof Optional) return sameOptionals(a, b);
  return a instanceof Opaque && b instanceof Opaque ? a.equals(b) : sameScalars(a, b);
}

function sameScalars(a: object, b: object): boolean {
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos === b.nanos;
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return a instanceof TypeValue && b instanceof TypeValue && a.name === b.name;
}

/** Equality across the types of numbers; values of other types are never equal. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [left, right] = [numeric(a), numeric(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: a whole number and a double compare by value
  if (left !== undefined && right !== undefined) return left == right;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return sameObjects(a, b);
}

/** Less, equal, greater; undefined for what has no order. */
export function compare(a: Value, b: Value): number | undefined {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return order(left, right);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  return undefined;
}

function order(a: bigint | number, b: bigint | number): number | undefined {
  if (a < b) return -1;
  // biome-ignore lint/suspicious/noDoubleEquals: a whole number and a double compare by value
  return a == b ? 0 : a > b ? 1 : undefined;
}

/** How many characters, items or entries a value has; 1 for what has none. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return characters(value);
  if (value instanceof List) return value.items.length;
  if (value instanceof Map) return value.size;
  if (value instanceof Struct) return value.fields.size;
  return value instanceof Uint8Array ? value.length : 1;
}

/** Code points of a text. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
