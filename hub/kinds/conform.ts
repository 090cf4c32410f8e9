/** Makes an object what a Go server's structs would make of it: typed, without unknown fields, in canonical form. */
import type { Schemas } from './schema.ts';
import { code, type Place, placeOf, type Shape, Shapes, type Slot } from './shape.ts';
import { type Fault, FieldFault, readBytes, readMicroTime, readQuantityText, readTime } from './scalar.ts';

type Fields = Record<string, unknown>;

/** Most values of a wrong type that are remembered of one object. */
const mostFaults = 100;

/** Most unknown fields that are told of one object. */
const mostProblems = 100;

/** The schema type of metadata. */
export const objectMetaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The JSON type of a value, as Go's decoder names it. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

/** What a field that must be written holds when it is not set. */
function zeroOf(slot: Slot): unknown {
  if (slot.zero === 'null') return null;
  switch (slot.place.code) {
    case code.string:
      return '';
    case code.integer:
    case code.number:
    case code.intOrString:
      return 0;
    case code.boolean:
      return false;
    case code.object:
      return {};
    case code.quantity:
      return '0';
    default:
      return null;
  }
}

function isEmpty(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value === '';
    case 'number':
      return value === 0;
    case 'boolean':
      return !value;
    default:
      break;
  }
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

/** One walk over one object. */
class Walk {
  readonly problems: string[] = [];
  readonly faults: Fault[] = [];
  readonly #shapes: Shapes;
  /** Names and indexes that lead to where the walk is; the first `#depth` of them count. */
  readonly #path: (string | number)[] = [];
  /** Which parts of the path are keys of maps: Go's errors leave them out. */
  readonly #isKey: boolean[] = [];
  #depth = 0;
  /** The struct the walk is in. */
  #struct = '';

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  object(shape: Shape, object: Fields): void {
    const outer = this.#struct;
    const depth = this.#depth++;
    this.#struct = shape.goName;
    this.#isKey[depth] = false;
    for (const name in object) {
      const slot = shape.slots.get(name);
      this.#path[depth] = name;
      if (slot === undefined) {
        this.#unknown();
        delete object[name];
      } else {
        this.#field(slot, object, object[name]);
      }
    }
    for (let index = 0; index < shape.printed.length; index++) {
      const slot = shape.printed[index] as Slot;
      if (object[slot.name] !== undefined) continue;
      this.#path[depth] = slot.name;
      const zero = zeroOf(slot);
      object[slot.name] = slot.place.code === code.object && zero !== null ? this.#value(slot.place, zero) : zero;
    }
    this.#struct = outer;
    this.#depth = depth;
  }

  /** Looks at the fields `shape` knows and leaves the others alone. */
  some(shape: Shape, object: Fields): void {
    const depth = this.#depth++;
    for (const slot of shape.slots.values()) {
      const value = object[slot.name];
      this.#path[depth] = slot.name;
      if (value !== undefined) this.#field(slot, object, value);
    }
    this.#depth = depth;
  }

  #field(slot: Slot, object: Fields, value: unknown): void {
    if (value === null) {
      if (slot.zero === 'omit' || slot.zero === 'keep') delete object[slot.name];
      else object[slot.name] = undefined;
      return;
    }
    const next = this.#value(slot.place, value);
    if (slot.zero === 'omit' && isEmpty(next)) delete object[slot.name];
    else if (next !== value) object[slot.name] = next;
  }

  /** The value in canonical form; objects, lists and maps are changed in place. */
  #value(place: Place, value: unknown): unknown {
    switch (place.code) {
      case code.string:
        return typeof value === 'string' ? value : this.#mismatch(place, value);
      case code.object:
        return this.#structure(place, value);
      case code.list:
        return Array.isArray(value) ? this.#list(place.item as Place, value) : this.#mismatch(place, value);
      case code.map:
        return typeof value === 'object' && !Array.isArray(value)
          ? this.#map(place.item as Place, value as Fields)
          : this.#mismatch(place, value);
      case code.integer:
        return this.#integer(place, value);
      case code.boolean:
        return typeof value === 'boolean' ? value : this.#mismatch(place, value);
      case code.number:
        return typeof value === 'number' ? value : this.#mismatch(place, value);
      case code.any:
        return place.type === '' ? value : this.#either(place, value);
      default:
        return this.#special(place, value);
    }
  }

  #structure(place: Place, value: unknown): unknown {
    if (typeof value !== 'object' || Array.isArray(value)) return this.#mismatch(place, value);
    const shape = this.#shapes.get(place.type);
    if (shape !== undefined) this.object(shape, value as Fields);
    return value;
  }

  /** One object of a type or several, or true or false. What is none of these Go leaves unset. */
  #either(place: Place, value: unknown): unknown {
    if (typeof value === 'boolean') return value;
    const object: Place = { ...place, code: code.object };
    if (Array.isArray(value)) return this.#list(object, value);
    return typeof value === 'object' && value !== null ? this.#structure(object, value) : undefined;
  }

  #list(item: Place, list: unknown[]): unknown {
    const depth = this.#depth++;
    this.#isKey[depth] = false;
    for (let index = 0; index < list.length; index++) {
      this.#path[depth] = index;
      const value = list[index];
      const next = value === null ? this.#nullItem(item) : this.#value(item, value);
      if (next !== value) list[index] = next;
    }
    this.#depth = depth;
    return list;
  }

  #map(item: Place, map: Fields): unknown {
    const depth = this.#depth++;
    this.#isKey[depth] = true;
    for (const key in map) {
      this.#path[depth] = key;
      const value = map[key];
      const next = value === null ? this.#nullItem(item) : this.#value(item, value);
      if (next !== value) map[key] = next;
    }
    this.#depth = depth;
    return map;
  }

  /** null as an item of a list or map is the zero of its type; bytes are none once they were stored. */
  #nullItem(item: Place): unknown {
    if (item.code === code.bytes) return '';
    const zero = zeroOf({ name: '', place: item, zero: 'print' });
    return zero === null ? null : this.#value(item, zero);
  }

  #integer(place: Place, value: unknown): unknown {
    if (typeof value !== 'number') return this.#mismatch(place, value);
    if (Number.isInteger(value) && value >= place.least && value <= place.most) return value;
    return this.#refuse(`json: cannot unmarshal number ${value} into Go ${this.#target()} of type ${place.goType}`);
  }

  /** Values that have their own decoders in Go, whose errors say nothing of the field. */
  #special(place: Place, value: unknown): unknown {
    if (place.code === code.intOrString) {
      if (typeof value === 'string') return value;
      if (typeof value !== 'number')
        return this.#refuse(`json: cannot unmarshal ${jsonType(value)} into Go value of type int32`);
      if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31) return value;
      return this.#refuse(`json: cannot unmarshal number ${value} into Go value of type int32`);
    }
    try {
      if (place.code === code.quantity) return readQuantityText(value);
      if (typeof value !== 'string') return this.#specialMismatch(place, value);
      if (place.code === code.bytes) return readBytes(value);
      return place.code === code.time ? readTime(value) : readMicroTime(value);
    } catch (error) {
      if (error instanceof FieldFault) return this.#refuse(error.message);
      throw error;
    }
  }

  #specialMismatch(place: Place, value: unknown): unknown {
    if (place.code === code.bytes) return this.#mismatch(place, value);
    return this.#refuse(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`);
  }

  #mismatch(place: Place, value: unknown): unknown {
    return this.#refuse(`json: cannot unmarshal ${jsonType(value)} into Go ${this.#target()} of type ${place.goType}`);
  }

  /** Go keeps the first fault and reads on; which one that is depends on the order of the text. */
  #refuse(text: string): undefined {
    if (this.faults.length < mostFaults) this.faults.push({ path: this.#path.slice(0, this.#depth), text });
    return undefined;
  }

  /** `struct field PodSpec.spec.hostNetwork`: the struct, then the fields from the top; no keys of maps, no indexes. */
  #target(): string {
    return `struct field ${this.#struct}.${this.#goPath()}`;
  }

  #goPath(): string {
    return this.#path
      .slice(0, this.#depth)
      .filter((part, depth) => typeof part === 'string' && this.#isKey[depth] !== true)
      .join('.');
  }

  #unknown(): void {
    if (this.problems.length >= mostProblems) return;
    let path = '';
    for (let index = 0; index < this.#depth; index++) {
      const part = this.#path[index];
      if (typeof part === 'number') path += `[${part}]`;
      else path += path === '' ? part : `.${part}`;
    }
    this.problems.push(`unknown field ${JSON.stringify(path)}`);
  }
}

/** Brings objects into the form a Go server answers with. */
export interface Conformer {
  /**
   * Checks and changes `object` in place: unknown fields go (and are told, `unknown field "spec.x"`), null and zero
   * values go or are written as Go would, quantities and times become canonical. Of a type without a schema only the
   * metadata is looked at. Throws FieldFault with Go's words when a value is of the wrong type.
   */
  conform(type: string, object: object): readonly string[];
}

/** A conformer over `schemas`. Keep one: it makes each type ready once. */
export function createConformer(schemas: Schemas): Conformer {
  const shapes = new Shapes(schemas);
  const custom = customShape();
  return {
    conform(type, object) {
      const walk = new Walk(shapes);
      const shape = shapes.get(type);
      if (shape !== undefined) walk.object(shape, object as Fields);
      else walk.some(custom, object as Fields);
      const [first] = walk.faults;
      if (first !== undefined) throw new FieldFault(first.text, walk.faults);
      return walk.problems;
    },
  };
}

/** What every custom object has in common with the built-in ones. */
function customShape(): Shape {
  const meta = placeOf({ is: 'object', type: objectMetaType });
  const text = placeOf({ is: 'string' });
  const slots: Slot[] = [
    { name: 'apiVersion', place: text, zero: 'keep' },
    { name: 'kind', place: text, zero: 'keep' },
    { name: 'metadata', place: meta, zero: 'print' },
  ];
  return { goName: '', slots: new Map(slots.map((slot) => [slot.name, slot])), printed: [] };
}
