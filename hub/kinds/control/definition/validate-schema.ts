/** What each part of a schema may say. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { type FieldError, forbiddenField, invalid, notSupported } from '../../../api/field-error.ts';
import { isFields } from '../../custom/structural.ts';
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

function validateWords(schema: JsonSchema, path: string, errors: FieldError[]): void {
  for (const [word, nonEmpty] of unsupported) {
    if (isSaid(schema[word], nonEmpty)) errors.push(forbiddenField(`${path}.${word}`, `${word} is not supported`));
  }
  if (schema.type === 'null') {
    errors.push(forbiddenField(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  } else if (schema.type && !types.includes(schema.type)) {
    errors.push(notSupported(`${path}.type`, schema.type, types));
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    errors.push(forbiddenField(`${path}.items`, 'items must be a schema object and not an array'));
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

function validateBelow(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const { additionalProperties: more, items } = schema;
  if (isFields(more)) validateSchema(more, `${path}.additionalProperties`, errors);
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    validateSchema(part, `${path}.properties[${name}]`, errors);
  }
  if (schema.not !== undefined) validateSchema(schema.not, `${path}.not`, errors);
  for (const word of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[word]?.forEach((part, index) => {
      validateSchema(part, `${path}.${word}[${index}]`, errors);
    });
  }
  if (isFields(items)) validateSchema(items as JsonSchema, `${path}.items`, errors);
}

/** What is wrong with a schema and all that is below it. */
export function validateSchema(schema: JsonSchema, path: string, errors: FieldError[]): void {
  validateWords(schema, path, errors);
  validateBelow(schema, path, errors);
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  validateMapType(schema, path, errors);
  validateListType(schema, path, errors);
  validateRuleTexts(schema, path, errors);
}
