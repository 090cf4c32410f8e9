/** The rules of a schema, compiled: what is no expression, and what would cost too much. */
import { createRequire } from 'node:module';
import type { JsonSchema } from '../../../api/custom-resource.ts';
import type { FieldError } from '../../../api/field-error.ts';
import { hasRules } from '../../custom/lazy-rules.ts';

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

/** What is wrong with the rules of a schema. What compiles them is loaded with the first schema that has some. */
export function validateRules(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (!hasRules(schema)) return;
  (require('./compile-rules.ts') as typeof import('./compile-rules.ts')).compileRules(schema, path, errors);
}
