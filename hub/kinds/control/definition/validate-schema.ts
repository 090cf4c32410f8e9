/** What each part of a schema may say. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { type FieldError, forbiddenField, invalid, notSupported } from '../../../api/field-error.ts';
import { hasDefault, isFields } from '../../custom/structural.ts';
import { validateListType, validateMapType } from './validate-list-type.ts';
import { validateRuleTexts } from './validate-rule-texts.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Words of OpenAPI that Kubernetes does not know. */
const unsupported: readonly (readonly [keyof JsonSchema, boolean])[] = [
  ['id', true],
  ['additionalItems', false],
  ['patternProperties', true],
  ['definitions', true],
  ['dependencies', false],
  ['$ref', false],
];

function isSaid(value: unknown, nonEmpty: boolean): boolean {
  if (value === undefined || value === null) return false;
  return !nonEmpty || (isFields(value) ? Object.keys(value).length > 0 : value !== '');
}

/** Where a schema is: at the root, or what of an object's own type and metadata it is in. */
interface SchemaPlace {
  readonly path: string;
  readonly isRoot?: boolean;
  /** Inside of metadata, kind or apiVersion, of the object or of one embedded in it. */
  readonly inMeta?: boolean;
  /** Why no defaults may be here; undefined when they may. */
  readonly noDefaults?: string | undefined;
}

function validateWords(schema: JsonSchema, place: SchemaPlace, errors: FieldError[]): void {
  const { path, noDefaults, inMeta } = place;
  if (schema.type && !types.includes(schema.type)) errors.push(notSupported(`${path}.type`, schema.type, types));
  if (hasDefault(schema) && noDefaults !== undefined) {
    errors.push(forbiddenField(`${path}.default`, `must not be set ${noDefaults}`));
  }
  for (const [word, nonEmpty] of unsupported) {
    if (isSaid(schema[word], nonEmpty)) errors.push(forbiddenField(`${path}.${word}`, `${word} is not supported`));
  }
  if (schema.type === 'null') {
    errors.push(forbiddenField(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    errors.push(forbiddenField(`${path}.items`, 'items must be a schema object and not an array'));
  }
  if (inMeta === true && schema['x-kubernetes-embedded-resource'] === true) {
    errors.push(forbiddenField(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'));
  }
  if (schema.uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbiddenField(`${path}.uniqueItems`, why));
  }
  const { additionalProperties: more, properties } = schema;
  if (more !== undefined && more !== true && properties !== undefined && Object.keys(properties).length > 0) {
    const why = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbiddenField(`${path}.additionalProperties`, why));
  }
}

const metaFields = ['metadata', 'kind', 'apiVersion'];

function propertyPlace(
  schema: JsonSchema,
  name: string,
  { path, isRoot, inMeta, noDefaults }: SchemaPlace,
): SchemaPlace {
  const at = `${path}.properties[${name}]`;
  const isMeta = (isRoot === true || schema['x-kubernetes-embedded-resource'] === true) && metaFields.includes(name);
  if (!isMeta) return { path: at, inMeta: inMeta === true, noDefaults };
  return { path: at, inMeta: true, noDefaults: isRoot === true ? `in top-level ${name}` : noDefaults };
}

function validateBelow(schema: JsonSchema, place: SchemaPlace, errors: FieldError[]): void {
  const { additionalProperties: more, items } = schema;
  const { path } = place;
  const within = (at: string): SchemaPlace => ({ ...place, isRoot: false, path: at });
  if (isFields(more)) {
    const at = within(`${path}.additionalProperties`);
    const why = 'inside additionalProperties applying to object metadata';
    validateAt(more, place.inMeta === true ? { ...at, noDefaults: why } : at, errors);
  }
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    validateAt(part, propertyPlace(schema, name, place), errors);
  }
  if (schema.not !== undefined) validateAt(schema.not, within(`${path}.not`), errors);
  for (const word of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[word]?.forEach((part, index) => {
      validateAt(part, within(`${path}.${word}[${index}]`), errors);
    });
  }
  if (isFields(items)) validateAt(items as JsonSchema, within(`${path}.items`), errors);
}

function validateAt(schema: JsonSchema, place: SchemaPlace, errors: FieldError[]): void {
  const { path } = place;
  validateWords(schema, place, errors);
  validateBelow(schema, place, errors);
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  validateMapType(schema, path, errors);
  validateListType(schema, path, errors);
  validateRuleTexts(schema, path, errors);
}

/** What is wrong with the schema of a version and all that is below it. */
export function validateSchema(schema: JsonSchema, path: string, errors: FieldError[]): void {
  validateAt(schema, { path, isRoot: true }, errors);
}
