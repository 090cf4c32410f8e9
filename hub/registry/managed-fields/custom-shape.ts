/** How the values of a custom kind divide into fields that can be owned, read off the schema of its definition. */
import { hasDefault, type Structural } from '../../kinds/custom/structural.ts';
import { atomicList, atomicMap, deduced, type Part, scalar, type Shape } from './shape.ts';

const typeParts: readonly Part[] = ['apiVersion', 'kind'].map((name) => ({
  name,
  label: `f:${name}`,
  shape: scalar,
  present: false,
}));

class ShapeReader {
  readonly #embedded: readonly Part[];

  constructor(metadata: Shape) {
    this.#embedded = [...typeParts, { name: 'metadata', label: 'f:metadata', shape: metadata, present: false }];
  }

  #list(schema: Structural): Shape {
    if (schema.listType === 'set') return { is: 'set' };
    if (schema.listType !== 'map' || schema.mapKeys.length === 0) return atomicList;
    const { items } = schema;
    const item = items === undefined ? deduced : this.value(items);
    const defaults: Record<string, unknown> = {};
    for (const key of schema.mapKeys) {
      const json = items?.properties.get(key)?.json;
      if (json !== undefined && hasDefault(json)) defaults[key] = json.default;
    }
    return { is: 'keyed', keys: [...schema.mapKeys].sort(), defaults, item };
  }

  #struct(schema: Structural): Shape {
    const parts = new Map<string, Part>(schema.embedded ? this.#embedded.map((part) => [part.name, part]) : []);
    for (const [name, value] of schema.properties) {
      parts.set(name, { name, label: `f:${name}`, shape: this.value(value), present: false });
    }
    const open = (name: string): Part => ({ name, label: `f:${name}`, shape: deduced, present: false });
    return {
      is: 'struct',
      // API: what is null and may not be was taken away before
      nulls: true,
      part: (name) => parts.get(name) ?? (schema.preserves ? open(name) : undefined),
      parts: () => parts.values(),
    };
  }

  value(schema: Structural): Shape {
    if (schema.intOrString) return scalar;
    switch (schema.type) {
      case 'array':
        return this.#list(schema);
      case 'object':
      case '':
        if (schema.mapType === 'atomic') return atomicMap;
        if (schema.properties.size > 0 || schema.embedded) return this.#struct(schema);
        if (schema.additional !== undefined) {
          return { is: 'map', item: schema.additional === true ? deduced : this.value(schema.additional) };
        }
        return schema.preserves ? deduced : this.#struct(schema);
      default:
        return scalar;
    }
  }
}

/**
 * The shape of whole objects; `metadata` is that of every kind, where what belongs to the server is no field, and
 * `nested` that of objects inside.
 */
export function customShape(schema: Structural, metadata: Part, nested: Shape): Shape {
  const inside = new ShapeReader(nested).value(schema);
  const partOf = (name: string): Part | undefined => {
    if (name === 'apiVersion' || name === 'kind') return undefined;
    if (name === 'metadata') return metadata;
    if (inside.is === 'struct') return inside.part(name);
    return { name, label: `f:${name}`, shape: inside.is === 'map' ? inside.item : deduced, present: false };
  };
  return { is: 'struct', nulls: true, part: partOf, parts: () => (inside.is === 'struct' ? inside.parts() : []) };
}
