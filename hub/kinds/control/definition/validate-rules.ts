/** The rules of a schema, compiled: what is no expression, and what would cost too much. */
import type { JsonSchema } from '../../../api/custom-resource.ts';
import type { FieldError } from '../../../api/field-error.ts';
import { hasRules, load } from '../../custom/lazy-rules.ts';

/** What is wrong with the rules of a schema. What compiles them is loaded with the first schema that has some. */
export function validateRules(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (!hasRules(schema)) return;
  (load('../control/definition/compile-rules.ts') as typeof import('./compile-rules.ts')).compileRules(
    schema,
    path,
    errors,
  );
}
