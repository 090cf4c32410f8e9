/** Types made ready for the walk over every object that is written: what Go's structs would make of each field. */
import type { Field, Schemas, Value } from './schema.ts';

/** What kind of value a place holds; numbers, because the walk switches on them for every field. */
export const code = {
  string: 0,
  object: 1,
  list: 2,
  map: 3,
  integer: 4,
  boolean: 5,
  any: 6,
  bytes: 7,
  time: 8,
  microTime: 9,
  quantity: 10,
  intOrString: 11,
  number: 12,
} as const;

/** One of `code`. */
export type Code = (typeof code)[keyof typeof code];

/** A place a value can be in: a field, an item of a list, a value of a map. */
export interface Place {
  readonly code: Code;
  /** The Go type, as its errors name it: `int32`, `map[string]string`, `v1.PodSpec`. */
  readonly goType: string;
  /** Bounds of integers. */
  readonly least: number;
  readonly most: number;
  /** What a list or map holds. */
  readonly item: Place | undefined;
  /** The type of an object, read when first needed: types refer to each other in circles. */
  readonly type: string;
}

/** A field and where it is. */
export interface Slot {
  readonly name: string;
  readonly place: Place;
  readonly zero: Field['zero'];
}

/** A type. */
export interface Shape {
  /** `PodSpec`. */
  readonly goName: string;
  readonly slots: ReadonlyMap<string, Slot>;
  /** Fields that are written even when they were not set. */
  readonly printed: readonly Slot[];
}

const noBounds = { least: -Infinity, most: Infinity, item: undefined, type: '' };

const integerBounds = (format: string | undefined): { least: number; most: number } =>
  format === 'int32' ? { least: -(2 ** 31), most: 2 ** 31 - 1 } : { least: -(2 ** 63), most: 2 ** 63 };

/** `io.k8s.api.core.v1.PodSpec` → `v1.PodSpec`. */
function goTypeOf(type: string): string {
  return type.split('.').slice(-2).join('.');
}

function stringPlace(format: string | undefined): Place {
  switch (format) {
    case 'byte':
      return { ...noBounds, code: code.bytes, goType: '[]uint8' };
    case 'date-time':
      return { ...noBounds, code: code.time, goType: 'v1.Time' };
    case 'micro-time':
      return { ...noBounds, code: code.microTime, goType: 'v1.MicroTime' };
    default:
      return { ...noBounds, code: code.string, goType: 'string' };
  }
}

/** The place for a value of a schema. */
export function placeOf(value: Value): Place {
  switch (value.is) {
    case 'string':
      return stringPlace(value.format);
    case 'integer':
      return { ...noBounds, code: code.integer, goType: value.format ?? 'int', ...integerBounds(value.format) };
    case 'number':
      return { ...noBounds, code: code.number, goType: 'float64' };
    case 'boolean':
      return { ...noBounds, code: code.boolean, goType: 'bool' };
    case 'int-or-string':
      return { ...noBounds, code: code.intOrString, goType: 'int32' };
    case 'quantity':
      return { ...noBounds, code: code.quantity, goType: 'resource.Quantity' };
    case 'any':
      return { ...noBounds, code: code.any, goType: '', type: value.type ?? '' };
    case 'object':
      return { ...noBounds, code: code.object, goType: goTypeOf(value.type), type: value.type };
    case 'list': {
      const item = placeOf(value.item);
      return { ...noBounds, code: code.list, goType: `[]${item.goType}`, item };
    }
    case 'map': {
      const item = placeOf(value.item);
      const goType = item.code === code.quantity ? 'v1.ResourceList' : `map[string]${item.goType}`;
      return { ...noBounds, code: code.map, goType, item };
    }
  }
}

/** Shapes of the types of `schemas`, each made once. */
export class Shapes {
  readonly #schemas: Schemas;
  readonly #shapes = new Map<string, Shape>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  get(type: string): Shape | undefined {
    const known = this.#shapes.get(type);
    if (known !== undefined) return known;
    const schema = this.#schemas.get(type);
    if (schema === undefined) return undefined;
    const slots = new Map<string, Slot>();
    for (const { name, value, zero } of schema.fields.values()) slots.set(name, { name, place: placeOf(value), zero });
    const shape: Shape = {
      goName: type.slice(type.lastIndexOf('.') + 1),
      slots,
      printed: [...slots.values()].filter((slot) => isPrinted(slot)),
    };
    this.#shapes.set(type, shape);
    return shape;
  }
}

/** apiVersion and kind are the caller's. What a field may hold without being set has no zero of its own. */
function isPrinted(slot: Slot): boolean {
  if (slot.name === 'apiVersion' || slot.name === 'kind') return slot.zero === 'print';
  return slot.zero === 'print' || slot.zero === 'null';
}
