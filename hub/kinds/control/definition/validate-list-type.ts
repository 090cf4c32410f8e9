/** x-kubernetes-list-type, its keys, and x-kubernetes-map-type. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../api/field-error.ts';
import { hasDefault, isFields } from '../../custom/structural.ts';

const listWord = 'x-kubernetes-list-type';
const keysWord = 'x-kubernetes-list-map-keys';
const mapWord = 'x-kubernetes-map-type';

function typeMustBe(wanted: string, schema: JsonSchema, path: string, word: string, errors: FieldError[]): void {
  if (schema.type === wanted) return;
  const why = `must be ${wanted} if ${word} is specified`;
  if (!schema.type) errors.push(required(`${path}.type`, why));
  else errors.push(invalid(`${path}.type`, schema.type, why));
}

/** x-kubernetes-map-type. */
export function validateMapType(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const type = schema[mapWord];
  if (type === undefined) return;
  typeMustBe('object', schema, path, mapWord, errors);
  if (type !== 'atomic' && type !== 'granular') {
    errors.push(notSupported(`${path}.${mapWord}`, type, ['atomic', 'granular']));
  }
}

/** x-kubernetes-list-type and x-kubernetes-list-map-keys. */
export function validateListType(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const type = schema[listWord];
  const keys = schema[keysWord] ?? [];
  const items = isFields(schema.items) ? (schema.items as JsonSchema) : undefined;
  if (type !== undefined) validateType(schema, type, items, path, errors);
  if (keys.length > 0 && type !== 'map') {
    const why = `must be map if ${keysWord} is non-empty`;
    if (type === undefined) errors.push(required(`${path}.${listWord}`, why));
    else errors.push(invalid(`${path}.${listWord}`, type, why));
  }
  if (type === 'map') validateMapList(schema, keys, items, path, errors);
  if (items === undefined || (type !== 'map' && type !== 'set')) return;
  if (items.nullable === true) {
    errors.push(forbiddenField(`${path}.items.nullable`, `cannot be nullable when ${listWord} is ${type}`));
  }
  if (type === 'map') for (const key of keys) validateKey(items, key, `${path}.items.properties[${key}]`, errors);
}

function validateType(
  schema: JsonSchema,
  type: string,
  items: JsonSchema | undefined,
  path: string,
  errors: FieldError[],
): void {
  typeMustBe('array', schema, path, listWord, errors);
  if (schema.type === 'array' && type === 'set' && items !== undefined) {
    validateSetItems(items, `${path}.items`, errors);
  }
  if (!['atomic', 'set', 'map'].includes(type)) {
    errors.push(notSupported(`${path}.${listWord}`, type, ['atomic', 'set', 'map']));
  }
}

function propertyOf(items: JsonSchema, key: string): JsonSchema | undefined {
  return items.properties !== undefined && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined;
}

function validateMapList(
  schema: JsonSchema,
  keys: readonly string[],
  items: JsonSchema | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (keys.length === 0) errors.push(required(`${path}.${keysWord}`, `must not be empty if ${listWord} is map`));
  if (items === undefined) {
    if (schema.items === undefined) {
      errors.push(required(`${path}.items`, `must have a schema if ${listWord} is map`));
    } else errors.push(invalid(`${path}.items`, schema.items, `must only have a single schema if ${listWord} is map`));
    return;
  }
  if (items.type !== 'object') {
    const why = `must be object if parent array's ${listWord} is map`;
    errors.push(invalid(`${path}.items.type`, items.type ?? '', why));
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (property === undefined) {
      errors.push(invalid(`${path}.${keysWord}`, keys, 'entries must all be names of item properties'));
    } else if (property.type === 'array' || property.type === 'object') {
      const why = `must be a scalar type if parent array's ${listWord} is map`;
      // API: the type that is shown is that of the items
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, why));
    }
    if (seen.has(key)) errors.push(invalid(`${path}.${keysWord}`, keys, 'must not contain duplicate entries'));
    seen.add(key);
  }
}

/** A key is always there, so that it tells items apart. */
function validateKey(items: JsonSchema, key: string, at: string, errors: FieldError[]): void {
  const property = propertyOf(items, key);
  if (property === undefined) return;
  if (!hasDefault(property) && !items.required?.includes(key)) {
    const why = `this property is in ${keysWord}, so it must have a default or be a required property`;
    errors.push(required(`${at}.default`, why));
  }
  if (property.nullable === true) {
    errors.push(forbiddenField(`${at}.nullable`, `this property is in ${keysWord}, so it cannot be nullable`));
  }
}

function validateSetItems(items: JsonSchema, path: string, errors: FieldError[]): void {
  const why = `must be atomic as item of a list with ${listWord}=set`;
  const listType = items[listWord];
  // API: what is shown is the type of the list, for maps too
  if (items.type === 'object' && items[mapWord] !== 'atomic') {
    errors.push(invalid(`${path}.${mapWord}`, listType ?? 'null', why));
  }
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    errors.push(invalid(`${path}.${listWord}`, listType, why));
  }
}
