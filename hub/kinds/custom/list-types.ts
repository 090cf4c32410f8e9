/** Lists that are sets or maps hold each item, or each key, once. */
import { duplicate, type FieldError } from '../../api/field-error.ts';
import { isFields, type Structural } from './structural.ts';

/** JSON with sorted keys: equal values have equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'null';
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

function keysOf(item: Record<string, unknown>, { mapKeys, items }: Structural): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  for (const name of mapKeys) keys[name] = item[name] ?? items?.properties.get(name)?.json.default;
  return keys;
}

function listErrors(list: readonly unknown[], schema: Structural, path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  list.forEach((item, index) => {
    if (schema.listType === 'set') {
      const text = canonical(item);
      if (seen.has(text)) errors.push(duplicate(`${path}[${index}]`, item));
      seen.add(text);
    } else if (schema.listType === 'map' && isFields(item)) {
      const keys = keysOf(item, schema);
      const text = canonical(keys);
      if (seen.has(text)) errors.push(duplicate(`${path}[${index}]`, keys));
      seen.add(text);
    }
    if (schema.items !== undefined) walk(item, schema.items, `${path}[${index}]`, errors);
  });
}

function walk(value: unknown, schema: Structural, path: string, errors: FieldError[]): void {
  if (!schema.keyed) return;
  if (Array.isArray(value)) listErrors(value, schema, path, errors);
  else if (isFields(value)) {
    for (const name of Object.keys(value)) {
      const property = schema.properties.get(name);
      const part = property ?? (schema.additional === true ? undefined : schema.additional);
      const key = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      if (part !== undefined) walk(value[name], part, key, errors);
    }
  }
}

/** Items and keys that are there twice. */
export function listTypeErrors(object: unknown, schema: Structural): FieldError[] {
  const errors: FieldError[] = [];
  walk(object, schema, '', errors);
  return errors;
}
