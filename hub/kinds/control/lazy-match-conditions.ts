/** Match conditions for webhooks that have some; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type { MatchCondition } from '../../api/webhook.ts';
import type { ConditionSet } from './policy/evaluation.ts';

type Compiler = typeof import('./policy/conditions.ts');

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

const compiler = (): Compiler => require('./policy/conditions.ts') as Compiler;

/** The conditions of a webhook; undefined when it has none. */
export function lazyConditions(conditions: readonly MatchCondition[] | undefined): ConditionSet | undefined {
  return conditions?.length ? compiler().makeConditions(conditions) : undefined;
}

/** Why an expression is no condition; undefined when it is one. `params`: it may name them. */
export function conditionFault(expression: string, params = false): string | undefined {
  return compiler().conditionFault(expression, params);
}
