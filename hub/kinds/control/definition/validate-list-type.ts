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
  if (type !== undefined) {
    typeMustBe('array', schema, path, listWord, errors);
    if (!['atomic', 'set', 'map'].includes(type)) {
      errors.push(notSupported(`${path}.${listWord}`, type, ['atomic', 'map', 'set']));
    }
  }
  if (keys.length > 0 && type !== 'map') {
    const why = `must be map if ${keysWord} is non-empty`;
    if (type === undefined) errors.push(required(`${path}.${listWord}`, why));
    else errors.push(invalid(`${path}.${listWord}`, type, why));
  }
  const items = isFields(schema.items) ? (schema.items as JsonSchema) : undefined;
  if (type === 'map') validateMapList(schema, keys, items, path, errors);
  if (type === 'set' && items !== undefined) validateSetItems(items, `${path}.items`, errors);
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
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const at = `${path}.items.properties[${key}]`;
    const property =
      items.properties !== undefined && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined;
    if (seen.has(key)) errors.push(invalid(`${path}.${keysWord}`, keys, 'must not have duplicate entries'));
    seen.add(key);
    if (property !== undefined) validateKey(items, key, property, at, errors);
    else if (items.type === 'object') {
      errors.push(invalid(`${path}.${keysWord}`, keys, 'entries must all be names of item properties'));
    }
  }
  if (items.nullable === true) {
    errors.push(forbiddenField(`${path}.items.nullable`, `cannot be nullable when ${listWord} is map`));
  }
}

function validateKey(items: JsonSchema, key: string, property: JsonSchema, at: string, errors: FieldError[]): void {
  if (property.type === 'array' || property.type === 'object') {
    const why = `must be a scalar type if parent array's ${listWord} is map`;
    errors.push(invalid(`${at}.type`, property.type, why));
  }
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
  if (items.nullable === true) {
    errors.push(forbiddenField(`${path}.nullable`, `cannot be nullable when ${listWord} is set`));
  }
  if (items.type === 'object' && items[mapWord] !== 'atomic') {
    errors.push(invalid(`${path}.${mapWord}`, items[mapWord] ?? 'null', why));
  }
  if (items.type === 'array' && items[listWord] !== undefined && items[listWord] !== 'atomic') {
    errors.push(invalid(`${path}.${listWord}`, items[listWord], why));
  }
}
