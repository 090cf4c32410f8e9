/** Schemas as types of CEL, with the sizes their values can have; and values of JSON as values of CEL. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { keywords, reservedWords } from '../../cel/syntax/reserved.ts';
import { bool, bytes, double, duration, dyn, int, mapOf, string, timestamp, type Type } from '../../cel/types/type.ts';
import { List, Struct, type Value } from '../../cel/types/value.ts';
import { readDuration, readTimestamp } from '../../cel/library/time.ts';
import { isFields, type Structural, structuralOf } from './structural.ts';

/** API: no request is bigger, so no value is. */
const mostBytes = 3 * 1024 * 1024;
const longestTime = 32;
const dateLength = 10;
const shortestTime = 21;
const shortestDuration = 3;

/** A schema as rules see it: its type, how to read its values, and the fewest bytes one takes. */
export interface RuleType {
  readonly type: Type;
  readonly least: number;
  read(value: unknown): Value;
  /** Of the items, the fields or the additional fields. */
  readonly items?: RuleType | undefined;
  readonly fields?: ReadonlyMap<string, RuleType>;
  readonly additional?: RuleType | undefined;
}

const metadata: JsonSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/** What is always there at the root of an object, whatever its schema says. */
const rootProperties: ReadonlyMap<string, Structural> = new Map([
  ['apiVersion', structuralOf({ type: 'string' })],
  ['kind', structuralOf({ type: 'string' })],
  ['metadata', structuralOf(metadata)],
]);

/** A field's name as expressions write it; undefined for one they cannot. */
export function escaped(name: string): string | undefined {
  if (reservedWords.has(name) || keywords.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

function bounded(type: Type, most: number): Type {
  return { ...type, most };
}

/** API: what has no length is counted as empty when rules are costed, and so are the keys of maps. */
const sizeless = (type: Type): Type => bounded(type, 0);
const keyType = sizeless(string);

const asIs = (value: unknown): Value => value as Value;

/** A value of JSON whose type is only known when it is used. */
export function anyValue(value: unknown): Value {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return new List(value.map(anyValue));
  if (isFields(value))
    return new Map(Object.entries(value).map(([name, one]): [Value, Value] => [name, anyValue(one)]));
  return value as Value;
}

function stringType({ format, maxLength, enum: allowed }: JsonSchema): RuleType {
  switch (format) {
    case 'byte':
      return {
        type: bounded(bytes, maxLength ?? mostBytes - 2),
        least: 2,
        read: (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : (value as Value)),
      };
    case 'duration':
      return {
        type: bounded(duration, longestTime),
        least: shortestDuration,
        read: (value) => readDuration(String(value)),
      };
    case 'date':
      return {
        type: bounded(timestamp, dateLength),
        least: dateLength + 2,
        read: (value) => readTimestamp(`${String(value)}T00:00:00Z`),
      };
    case 'date-time':
      return {
        type: bounded(timestamp, longestTime),
        least: shortestTime,
        read: (value) => readTimestamp(String(value)),
      };
    default: {
      // API: what is counted in characters may take four bytes each
      const listed =
        allowed === undefined
          ? undefined
          : Math.max(0, ...allowed.map((one) => (typeof one === 'string' ? one.length : 0)));
      const most = maxLength === undefined ? (listed ?? mostBytes - 2) : maxLength * 4;
      return { type: bounded(string, most), least: 2, read: asIs };
    }
  }
}

function listType(schema: Structural): RuleType | undefined {
  const items = schema.items === undefined ? undefined : ruleTypeOf(schema.items);
  if (items === undefined) return undefined;
  const most = schema.json.maxItems ?? Math.floor((mostBytes - 2) / (items.least + 1));
  const keys =
    schema.listType === 'set'
      ? []
      : schema.listType === 'map'
        ? schema.mapKeys.map((key) => escaped(key) ?? key)
        : undefined;
  return {
    type: { is: 'list', item: items.type, most },
    least: 2,
    items,
    read: (value) => new List(Array.isArray(value) ? value.map((one) => readOr(items, one)) : [], keys),
  };
}

function readOr(type: RuleType, value: unknown): Value {
  return value === null ? null : type.read(value);
}

function mapType(schema: Structural, additional: Structural): RuleType | undefined {
  const values = ruleTypeOf(additional);
  if (values === undefined) return undefined;
  const most = schema.json.maxProperties ?? Math.floor((mostBytes - 2) / (values.least + 6));
  return {
    type: bounded(mapOf(keyType, values.type), most),
    least: 2,
    additional: values,
    read: (value) =>
      new Map(
        Object.entries(isFields(value) ? value : {}).map(([name, one]): [Value, Value] => [name, readOr(values, one)]),
      ),
  };
}

function objectType(schema: Structural, isRoot: boolean): RuleType {
  const properties = isRoot || schema.embedded ? new Map([...schema.properties, ...rootProperties]) : schema.properties;
  const fields = new Map<string, RuleType>();
  const named = new Map<string, Type>();
  let least = 2;
  for (const [name, part] of properties) {
    const type = ruleTypeOf(part);
    if (type === undefined) continue;
    fields.set(name, type);
    const written = escaped(name);
    if (written !== undefined) named.set(written, type.type);
    if (schema.json.required?.includes(name) === true && part.json.default === undefined) {
      least += name.length + type.least + 4;
    }
  }
  return {
    type: sizeless({ is: 'object', name: 'object', fields: named }),
    least,
    fields,
    read(value) {
      const read = new Map<string, Value>();
      for (const [name, type] of fields) {
        const written = escaped(name);
        if (written === undefined || !isFields(value) || !Object.hasOwn(value, name)) continue;
        if (value[name] !== undefined) read.set(written, readOr(type, value[name]));
      }
      return new Struct(read);
    },
  };
}

/** The type of a schema; undefined for what rules cannot see. `isRoot`: of a whole object. */
export function ruleTypeOf(schema: Structural, isRoot = false): RuleType | undefined {
  if (schema.intOrString) return { type: bounded(dyn, mostBytes - 2), least: 1, read: anyValue };
  switch (schema.type) {
    case 'array':
      return listType(schema);
    case 'object':
      if (schema.additional !== undefined && schema.additional !== true) return mapType(schema, schema.additional);
      return objectType(schema, isRoot);
    case 'string':
      return stringType(schema.json);
    case 'boolean':
      return { type: sizeless(bool), least: 4, read: asIs };
    case 'number':
      return { type: sizeless(double), least: 1, read: asIs };
    case 'integer':
      return {
        type: sizeless(int),
        least: 1,
        read: (value) => (Number.isInteger(value) ? BigInt(value as number) : (value as Value)),
      };
    default:
      return undefined;
  }
}
