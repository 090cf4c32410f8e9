/** How the values of a custom kind divide into fields that can be owned, read off the schema of its definition. */
import type { Structural } from '../../kinds/custom/structural.ts';
import { atomicList, atomicMap, deduced, type Part, scalar, type Shape } from './shape.ts';

const embeddedParts: readonly Part[] = [
  { name: 'apiVersion', label: 'f:apiVersion', shape: scalar, present: false },
  { name: 'kind', label: 'f:kind', shape: scalar, present: false },
  { name: 'metadata', label: 'f:metadata', shape: deduced, present: false },
];

function listShape(schema: Structural): Shape {
  if (schema.listType === 'set') return { is: 'set' };
  if (schema.listType !== 'map' || schema.mapKeys.length === 0) return atomicList;
  const item = schema.items === undefined ? deduced : valueShape(schema.items);
  return { is: 'keyed', keys: [...schema.mapKeys].sort(), item };
}

function structShape(schema: Structural): Shape {
  const parts = new Map<string, Part>(schema.embedded ? embeddedParts.map((part) => [part.name, part]) : []);
  for (const [name, value] of schema.properties) {
    parts.set(name, { name, label: `f:${name}`, shape: valueShape(value), present: false });
  }
  const open = (name: string): Part => ({ name, label: `f:${name}`, shape: deduced, present: false });
  return {
    is: 'struct',
    part: (name) => parts.get(name) ?? (schema.preserves ? open(name) : undefined),
    parts: () => parts.values(),
  };
}

function valueShape(schema: Structural): Shape {
  if (schema.intOrString) return scalar;
  switch (schema.type) {
    case 'array':
      return listShape(schema);
    case 'object':
    case '':
      if (schema.mapType === 'atomic') return atomicMap;
      if (schema.properties.size > 0 || schema.embedded) return structShape(schema);
      if (schema.additional !== undefined) {
        return { is: 'map', item: schema.additional === true ? deduced : valueShape(schema.additional) };
      }
      return schema.preserves ? deduced : structShape(schema);
    default:
      return scalar;
  }
}

/** The shape of whole objects; `metadata` is that of every kind. What belongs to the server is no field. */
export function customShape(schema: Structural, metadata: Part): Shape {
  const inside = valueShape(schema);
  const partOf = (name: string): Part | undefined => {
    if (name === 'apiVersion' || name === 'kind') return undefined;
    if (name === 'metadata') return metadata;
    if (inside.is === 'struct') return inside.part(name);
    return { name, label: `f:${name}`, shape: inside.is === 'map' ? inside.item : deduced, present: false };
  };
  return { is: 'struct', part: partOf, parts: () => (inside.is === 'struct' ? inside.parts() : []) };
}
