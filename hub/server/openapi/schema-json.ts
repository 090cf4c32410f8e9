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

function stringJson(format: string | undefined): object {
  if (format === undefined) return { type: 'string' };
  return { type: 'string', format: format === 'micro-time' ? 'date-time' : format };
}

function valueJson(dialect: Dialect, value: Value): object {
  switch (value.is) {
    case 'string':
      return stringJson(value.format);
    case 'integer':
      return { type: 'integer', ...(value.format === undefined ? {} : { format: value.format }) };
    case 'number':
      return { type: 'number', format: 'double' };
    case 'boolean':
      return { type: 'boolean' };
    case 'int-or-string':
      return dialect === 'v2'
        ? { type: 'string', format: 'int-or-string' }
        : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'quantity':
      return dialect === 'v2' ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] };
    case 'any':
      return { type: 'object' };
    case 'object':
      return dialect === 'v2' ? refTo(dialect, value.type) : { allOf: [refTo(dialect, value.type)] };
    case 'list':
      return { type: 'array', items: itemJson(dialect, value.item) };
    case 'map':
      return { type: 'object', additionalProperties: itemJson(dialect, value.item) };
  }
}

function itemJson(dialect: Dialect, value: Value): object {
  return value.is === 'object' ? refTo(dialect, value.type) : valueJson(dialect, value);
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
  if (value.is === 'object') types.add(value.type);
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
