/** The whole schema of a version: each part of it, its structure, its rules, its defaults. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { type FieldError, forbiddenField, invalid } from '../../../api/field-error.ts';
import { validateDefaults } from './validate-defaults.ts';
import { validateRules } from './validate-rules.ts';
import { validateSchema } from './validate-schema.ts';
import { validateStructure } from './validate-structure.ts';

/** API: what may be said at the root of a kind with a status of its own, by the names Kubernetes gives them. */
const allowedAtRoot: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

function validateRoot(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (schema.type && schema.type !== 'object') {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(invalid(`${path}.type`, schema.type, why));
    return;
  }
  const odd = Object.keys(schema).find((field) => !Object.hasOwn(allowedAtRoot, field));
  if (odd === undefined) return;
  const names = Object.values(allowedAtRoot).join(' ');
  const why = `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(invalid(path, schema, why));
}

/** What is wrong with the schema of a version; `hasStatus` when it has the status subresource. */
export function validateRootSchema(schema: JsonSchema, hasStatus: boolean, path: string, errors: FieldError[]): void {
  if (hasStatus) validateRoot(schema, path, errors);
  if (schema.nullable === true) {
    errors.push(forbiddenField(`${path}.nullable`, 'nullable cannot be true at the root'));
  }
  const own: FieldError[] = [];
  validateSchema(schema, path, own);
  const structural: FieldError[] = [];
  // API: words nobody knows leave no structure to speak of
  const isKnown = !own.some(({ message }) => message.endsWith('is not supported'));
  if (isKnown) validateStructure(schema, path, structural);
  if (isKnown && structural.length === 0) validateDefaults(schema, path, structural);
  errors.push(...structural, ...own);
  if (structural.length === 0 && own.length === 0) validateRules(schema, path, errors);
}
