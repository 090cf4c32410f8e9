/** Rules for schemas that have some; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type { JsonSchema } from '../../api/custom-resource.ts';
import type { CustomRules } from './rules.ts';
import { isFields, type Structural } from './structural.ts';

/** True when a schema, or one below it, has rules. */
export function hasRules(schema: JsonSchema): boolean {
  if (schema['x-kubernetes-validations']?.length) return true;
  const below = Object.values(schema.properties ?? {});
  if (isFields(schema.items)) below.push(schema.items as JsonSchema);
  if (isFields(schema.additionalProperties)) below.push(schema.additionalProperties);
  return below.some(hasRules);
}

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

/** The rules of a schema; undefined when it has none. */
export function lazyRules(schema: Structural): CustomRules | undefined {
  if (!hasRules(schema.json)) return undefined;
  return (require('./rule-set.ts') as typeof import('./rule-set.ts')).makeRules(schema);
}
