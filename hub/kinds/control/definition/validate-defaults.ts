/** Defaults are values their own schema accepts, without fields it does not know. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import { type FieldError, invalid } from '../../../api/field-error.ts';
import { checkOf } from '../../custom/check.ts';
import { embeddedObjectErrors } from '../../custom/embedded.ts';
import { Findings, nowhere } from '../../custom/findings.ts';
import { isPruned } from '../../custom/prune.ts';
import { hasDefault, isFields, structuralOf } from '../../custom/structural.ts';

/** An error about the value at `path` of which it tells the place inside. */
function moved(error: FieldError, path: string): FieldError {
  if (error.field === nowhere || error.field === '') return { ...error, field: path };
  return { ...error, field: error.field.startsWith('[') ? path + error.field : `${path}.${error.field}` };
}

function defaultErrors(schema: JsonSchema, path: string): FieldError[] {
  const value: unknown = schema.default;
  const structural = structuralOf(schema);
  const errors: FieldError[] = [];
  if (!isPruned(value, structural)) errors.push(invalid(path, value, 'must not have unknown fields'));
  const embedded = embeddedObjectErrors({ value }, structuralOf({ properties: { value: schema } }));
  if (embedded.length > 0) {
    return [...errors, ...embedded.map((error) => ({ ...error, field: error.field.replace(/^value/, path) }))];
  }
  const found = new Findings();
  checkOf(schema)(value, undefined, '', found);
  return [...errors, ...found.errors.map((error) => moved(error, path))];
}

/** What is wrong with the defaults of a schema and of all below it. API: those of additional properties are not looked at. */
export function validateDefaults(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (hasDefault(schema)) errors.push(...defaultErrors(schema, `${path}.default`));
  if (isFields(schema.items)) validateDefaults(schema.items as JsonSchema, `${path}.items`, errors);
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    validateDefaults(part, `${path}.properties[${name}]`, errors);
  }
}
