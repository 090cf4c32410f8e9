/** Values of CEL as JSON. */
import { durationText, timestampText } from '../../../cel/library/time.ts';
import {
  Duration,
  List,
  Opaque,
  Optional,
  Struct,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from '../../../cel/types/value.ts';

function fieldsOf(entries: Iterable<readonly [Value, Value]>): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  for (const [key, value] of entries) {
    if (typeof key !== 'string') throw new Error(`map key ${JSON.stringify(String(key))} is not a string`);
    fields.push([key, jsonOf(value)]);
  }
  return Object.fromEntries(fields);
}

/** The JSON of a value. Throws an Error for what has none. */
export function jsonOf(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof List) return value.items.map(jsonOf);
  if (value instanceof Struct) return fieldsOf(value.fields);
  if (value instanceof Map) return fieldsOf(value);
  if (value instanceof Optional) return value.value === undefined ? null : jsonOf(value.value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  const kind = value instanceof Opaque ? value.kind : value instanceof TypeValue ? 'type' : 'unknown';
  throw new Error(`a value of type ${kind} has no JSON`);
}

/** What is wrong with the names of the types in a value: each must be the path of fields to where it stands. */
export function misnamed(value: Value, path: string): string[] {
  if (value instanceof List) return value.items.flatMap((item) => misnamed(item, path));
  if (value instanceof Map) return [...value.values()].flatMap((item) => misnamed(item, path));
  if (!(value instanceof Struct) || value.type === undefined) return [];
  const rule = 'which matches field name path from root Object type';
  const faults =
    value.type === path
      ? []
      : [`unexpected type name ${JSON.stringify(value.type)}, expected ${JSON.stringify(path)}, ${rule}`];
  for (const [field, part] of value.fields) faults.push(...misnamed(part, `${path}.${field}`));
  return faults;
}
