/** Objects inside custom objects: they name their kind, and their metadata is checked like any other. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { ObjectMeta } from '../../api/object.ts';
import { validateNestedMetadata } from '../metadata.ts';
import { isFields, type Structural } from './structural.ts';

function embeddedErrors(object: Record<string, unknown>, path: string, errors: FieldError[]): void {
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    errors.push(required(`${path}.apiVersion`, 'must not be empty'));
  } else if (apiVersion.split('/').length > 2) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  if (typeof kind !== 'string' || kind === '') errors.push(required(`${path}.kind`, 'must not be empty'));
  else {
    for (const problem of isDns1123Label(kind.toLowerCase())) {
      errors.push(invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${problem}`));
    }
  }
  if (!isFields(metadata)) return;
  const { name } = metadata as ObjectMeta;
  if (name)
    for (const problem of isDns1123Subdomain(name)) errors.push(invalid(`${path}.metadata.name`, name, problem));
  errors.push(...validateNestedMetadata(metadata as ObjectMeta, `${path}.metadata`));
}

function walk(value: unknown, schema: Structural, path: string, errors: FieldError[]): void {
  if (!schema.embeds) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) walk(item, items, `${path}[${index}]`, errors);
    return;
  }
  if (!isFields(value)) return;
  if (schema.embedded && path !== '') embeddedErrors(value, path, errors);
  for (const name of Object.keys(value)) {
    const property = schema.properties.get(name);
    const part = property ?? (schema.additional === true ? undefined : schema.additional);
    const key = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    if (part !== undefined) walk(value[name], part, key, errors);
  }
}

/** What is wrong with the objects inside an object. */
export function embeddedObjectErrors(object: unknown, schema: Structural): FieldError[] {
  const errors: FieldError[] = [];
  walk(object, schema, '', errors);
  return errors;
}
