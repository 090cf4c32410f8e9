/** Defaults of a schema, filled into an object. */
import { isWrongNull } from './prune.ts';
import { hasDefault, isFields, type Structural } from './structural.ts';

/** Fills unset fields, in place; a null that is no value counts as unset. */
export function fillDefaults(value: unknown, schema: Structural): void {
  if (!schema.defaults) return;
  if (Array.isArray(value)) fillItems(value, schema);
  else if (isFields(value)) fillFields(value, schema);
}

function fillItems(list: unknown[], { items }: Structural): void {
  if (items === undefined) return;
  list.forEach((item, index) => {
    if (isWrongNull(item, items) && hasDefault(items.json)) list[index] = structuredClone(items.json.default);
    fillDefaults(list[index], items);
  });
}

function fillFields(fields: Record<string, unknown>, schema: Structural): void {
  for (const [name, part] of schema.properties) {
    if (!part.defaults) continue;
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (hasDefault(part.json) && (value === undefined || isWrongNull(value, part))) {
      fields[name] = structuredClone(part.json.default);
    }
    if (fields[name] !== undefined) fillDefaults(fields[name], part);
  }
  const { additional } = schema;
  if (additional === undefined || additional === true || !additional.defaults) return;
  for (const name of Object.keys(fields)) {
    if (schema.properties.has(name)) continue;
    if (isWrongNull(fields[name], additional) && hasDefault(additional.json)) {
      fields[name] = structuredClone(additional.json.default);
    }
    fillDefaults(fields[name], additional);
  }
}
