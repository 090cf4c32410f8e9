/** How the values of a type divide into fields that can be owned, read off its schema once. */
import type { Field, Schemas, Type, Value } from '../../kinds/schema.ts';

/** What ownership needs to know of a value. */
export type Shape =
  /** One field, whatever it holds: scalars and everything atomic. */
  | { readonly is: 'leaf'; readonly expects: 'scalar' | 'list' | 'map' | 'any' }
  /** A struct: `part` answers undefined for fields that cannot be owned or are not declared. `nulls`: null is a value there. */
  | {
      readonly is: 'struct';
      readonly part: (name: string) => Part | undefined;
      readonly parts: () => Iterable<Part>;
      readonly nulls?: boolean;
    }
  /** A map; every key is a field. */
  | { readonly is: 'map'; readonly item: Shape }
  /** A list whose items are told apart by their value. */
  | { readonly is: 'set' }
  /** A list whose items are told apart by some of their fields, which are sorted; `defaults`: what those are when unset. */
  | {
      readonly is: 'keyed';
      readonly keys: readonly string[];
      readonly defaults: Readonly<Record<string, unknown>>;
      readonly item: Shape;
    }
  /** No schema: objects are maps, all else is one field. */
  | { readonly is: 'deduced' };

/** One field of a struct. */
export interface Part {
  readonly name: string;
  /** `f:name`. */
  readonly label: string;
  readonly shape: Shape;
  /** The field is written even when it was never set, so setting it adds only what is inside. */
  readonly present: boolean;
}

/** One value. */
export const scalar: Shape = { is: 'leaf', expects: 'scalar' };
/** A list with one owner. */
export const atomicList: Shape = { is: 'leaf', expects: 'list' };
/** A map or struct with one owner. */
export const atomicMap: Shape = { is: 'leaf', expects: 'map' };
/** Raw JSON inside a built-in kind: one field. */
const rawJson: Shape = { is: 'leaf', expects: 'any' };
/** Values without a schema. */
export const deduced: Shape = { is: 'deduced' };

/** How what is below one name divides; nobody knows for a name that is not declared. */
export function innerOf(shape: Shape, name: string): Shape {
  if (shape.is === 'struct') return shape.part(name)?.shape ?? deduced;
  return shape.is === 'map' ? shape.item : deduced;
}

/** Fields the server owns: nobody else does. `apiVersion` and `kind` at the top belong to them. */
export const serverOwned: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
]);

const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function keysOf(field: Field): readonly string[] | undefined {
  if (field.listType === 'map') return field.mapKeys;
  if (field.listType === undefined && field.patchStrategy?.includes('merge') && field.mergeKey !== undefined) {
    return [field.mergeKey];
  }
  return undefined;
}

/** Shapes of one set of schemas; each type is read once. */
class Shapes {
  readonly #schemas: Schemas;
  readonly #structs = new Map<string, Shape>();
  readonly #objects = new Map<string, Shape>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** The shape of whole objects of a type: without what the server owns. */
  object(type: string): Shape {
    let shape = this.#objects.get(type);
    if (shape === undefined) {
      shape = this.#object(this.#schemas.get(type));
      this.#objects.set(type, shape);
    }
    return shape;
  }

  #object(type: Type | undefined): Shape {
    const metadata = this.metadata();
    const declared = type === undefined ? undefined : this.#struct(type);
    const known = new Map<string, Part>();
    const partOf = (name: string): Part | undefined => {
      if (name === 'apiVersion' || name === 'kind') return undefined;
      if (name === 'metadata') return metadata;
      if (declared?.is === 'struct') return declared.part(name);
      let part = known.get(name);
      if (part === undefined) {
        part = { name, label: `f:${name}`, shape: deduced, present: false };
        if (known.size < 64) known.set(name, part);
      }
      return part;
    };
    return { is: 'struct', part: partOf, parts: () => (declared?.is === 'struct' ? declared.parts() : known.values()) };
  }

  /** The metadata of every object. */
  metadata(): Part {
    return { name: 'metadata', label: 'f:metadata', shape: this.#metadata(), present: true };
  }

  /** The metadata of objects inside objects: all of it. */
  nestedMetadata(): Shape {
    const type = this.#schemas.get(metaType);
    return type === undefined ? deduced : this.#struct(type);
  }

  #metadata(): Shape {
    const shape = this.nestedMetadata();
    if (shape.is !== 'struct') return shape;
    return { ...shape, part: (name) => (serverOwned.has(name) ? undefined : shape.part(name)) };
  }

  #struct(type: Type): Shape {
    const found = this.#structs.get(type.name);
    if (found !== undefined) return found;
    const parts = new Map<string, Part>();
    const partOf = (name: string): Part | undefined => {
      const known = parts.get(name);
      if (known !== undefined) return known;
      const field = type.fields.get(name);
      if (field === undefined) return undefined;
      const part = this.#part(field);
      parts.set(name, part);
      return part;
    };
    const shape: Shape = {
      is: 'struct',
      part: partOf,
      *parts() {
        for (const name of type.fields.keys()) yield partOf(name) as Part;
      },
    };
    this.#structs.set(type.name, shape);
    return shape;
  }

  #part(field: Field): Part {
    const present = field.zero === 'print' || field.zero === 'null';
    return { name: field.name, label: `f:${field.name}`, shape: this.#field(field), present };
  }

  #field(field: Field): Shape {
    const { value } = field;
    if (value.is === 'list') {
      const keys = keysOf(field);
      if (keys !== undefined)
        return {
          is: 'keyed',
          keys: [...keys].sort(),
          defaults: this.#keyDefaults(keys, value.item),
          item: this.#value(value.item),
        };
      const merged = field.listType === undefined && field.patchStrategy?.includes('merge') === true;
      return field.listType === 'set' || merged ? { is: 'set' } : atomicList;
    }
    if (field.atomic === true) return atomicMap;
    // a field may be granular though its type is atomic elsewhere (PersistentVolume's claimRef)
    const type = value.is === 'object' ? this.#schemas.get(value.type) : undefined;
    return type === undefined ? this.#value(value) : this.#struct(type);
  }

  /** API: a key that is printed when it is empty has its zero value for a default; of the others only `protocol` has one. */
  #keyDefaults(keys: readonly string[], item: Value): Readonly<Record<string, unknown>> {
    const fields = item.is === 'object' ? this.#schemas.get(item.type)?.fields : undefined;
    const defaults: Record<string, unknown> = {};
    for (const key of keys) {
      const field = fields?.get(key);
      if (key === 'protocol') defaults[key] = 'TCP';
      else if (field?.zero === 'print') defaults[key] = field.value.is === 'integer' ? 0 : '';
    }
    return defaults;
  }

  #value(value: Value): Shape {
    switch (value.is) {
      case 'any':
        return rawJson;
      case 'list':
        return atomicList;
      case 'map':
        return { is: 'map', item: this.#value(value.item) };
      case 'object': {
        const type = this.#schemas.get(value.type);
        if (type === undefined) return deduced;
        return type.atomic === true ? atomicMap : this.#struct(type);
      }
      default:
        return scalar;
    }
  }
}

/** A memo: what is asked for depends on nothing but the schemas. */
const memo = new WeakMap<Schemas, Shapes>();

/** The shapes of these schemas. */
export function shapesOf(schemas: Schemas): Shapes {
  let shapes = memo.get(schemas);
  if (shapes === undefined) {
    shapes = new Shapes(schemas);
    memo.set(schemas, shapes);
  }
  return shapes;
}
