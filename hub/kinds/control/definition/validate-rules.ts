/** The rules of a schema, compiled: what is no expression, and what would cost too much. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import type { FieldError } from '../../../api/field-error.ts';

/** What is wrong with the rules of a schema. */
export function validateRules(_schema: JsonSchema, _path: string, _errors: FieldError[]): void {}
