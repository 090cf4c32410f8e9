/** Schemas of types as OpenAPI writes them, in both of its versions. */
import type { Descriptions } from '../../kinds/descriptions.ts';
import type { Field, Schemas, Value } from '../../kinds/schema.ts';

/** The version of OpenAPI a document is in. */
export type Dialect = 'v2' | 'v3';

/** A group, version and kind, as `x-kubernetes-group-version-kind` holds them. */
export interface Gvk {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

/** What schemas are written with. */
export interface SchemaContext {
  readonly dialect: Dialect;
  readonly schemas: Schemas;
  readonly descriptions: Descriptions;
  /** The kinds a type is the body of. */
  readonly kindsOf: (type: string) => readonly Gvk[];
}

/** A reference to a type. */
export function refTo(dialect: Dialect, type: string): { $ref: string } {
  return { $ref: `#/${dialect === 'v2' ? 'definitions' : 'components/schemas'}/${type}` };
}

const moment = { type: 'string', format: 'date-time' };

/** Types that are one value on the wire and have a name of their own, by which clients show them. */
const scalars: Readonly<Record<string, Readonly<Record<Dialect, object>>>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    v2: { type: 'string' },
    v3: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    v2: { type: 'string', format: 'int-or-string' },
    v3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { v2: moment, v3: moment },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { v2: moment, v3: moment },
};

/** The name of the type a value is of, if it has one. */
function typeOf(value: Value): string | undefined {
  switch (value.is) {
    case 'object':
      return value.type;
    case 'quantity':
      return 'io.k8s.apimachinery.pkg.api.resource.Quantity';
    case 'int-or-string':
      return 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
    case 'string':
      if (value.format === 'date-time') return 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
      return value.format === 'micro-time' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime' : undefined;
    default:
      return undefined;
  }
}

function stringJson(format: string | undefined): object {
  return { type: 'string', ...(format === undefined ? {} : { format }) };
}

function valueJson(dialect: Dialect, value: Value): object {
  const type = typeOf(value);
  if (type !== undefined) return dialect === 'v2' ? refTo(dialect, type) : { allOf: [refTo(dialect, type)] };
  switch (value.is) {
    case 'string':
      return stringJson(value.format);
    case 'integer':
      return { type: 'integer', ...(value.format === undefined ? {} : { format: value.format }) };
    case 'number':
      return { type: 'number', format: 'double' };
    case 'boolean':
      return { type: 'boolean' };
    case 'list':
      return { type: 'array', items: itemJson(dialect, value.item) };
    case 'map':
      return { type: 'object', additionalProperties: itemJson(dialect, value.item) };
    default:
      return { type: 'object' };
  }
}

function itemJson(dialect: Dialect, value: Value): object {
  const type = typeOf(value);
  return type === undefined ? valueJson(dialect, value) : refTo(dialect, type);
}

function fieldJson(dialect: Dialect, field: Field, description: string | undefined): object {
  const { value, listType, mapKeys, patchStrategy, mergeKey, atomic } = field;
  return {
    ...(description === undefined ? {} : { description }),
    ...valueJson(dialect, value),
    ...(listType === undefined ? {} : { 'x-kubernetes-list-type': listType }),
    ...(mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': mapKeys }),
    ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy.join(',') }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  };
}

/** The text of the type a field holds, for fields that have none of their own. */
function ofType(context: SchemaContext, value: Value): string | undefined {
  if (value.is === 'list' || value.is === 'map') return ofType(context, value.item);
  return value.is === 'object' ? context.descriptions[value.type]?.[''] : undefined;
}

/** The schema of one type. A type without fields is an open object: those of custom resources. */
export function schemaJson(context: SchemaContext, name: string): object {
  const { dialect } = context;
  const scalar = scalars[name];
  if (scalar !== undefined) return scalar[dialect];
  const type = context.schemas.get(name);
  const texts = context.descriptions[name];
  const kinds = context.kindsOf(name);
  const fields = [...(type?.fields.values() ?? [])];
  const required = fields.filter((field) => field.required).map((field) => field.name);
  const properties = Object.fromEntries(
    fields.map((field) => [field.name, fieldJson(dialect, field, texts?.[field.name] ?? ofType(context, field.value))]),
  );
  return {
    ...(texts?.[''] === undefined ? {} : { description: texts[''] }),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(fields.length === 0 ? {} : { properties }),
    ...(kinds.length === 0 ? {} : { 'x-kubernetes-group-version-kind': kinds }),
    ...(type === undefined ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

function addReferences(value: Value, types: Set<string>): void {
  const type = typeOf(value);
  if (type !== undefined) types.add(type);
  else if (value.is === 'list' || value.is === 'map') addReferences(value.item, types);
}

/** The types `roots` need, themselves included, by name. */
export function closure(schemas: Schemas, roots: Iterable<string>): string[] {
  const types = new Set(roots);
  for (const name of types) {
    for (const field of schemas.get(name)?.fields.values() ?? []) addReferences(field.value, types);
  }
  return [...types].sort();
}
