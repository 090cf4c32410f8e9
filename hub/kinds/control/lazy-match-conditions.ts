/** Match conditions for webhooks that have some; what compiles them is loaded with the first of those. */
import { createRequire } from 'node:module';
import type { MatchCondition } from '../../api/webhook.ts';
import type { ConditionSet } from './condition-set.ts';

type Compiler = typeof import('./match-conditions.ts');

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

const compiler = (): Compiler => require('./match-conditions.ts') as Compiler;

/** The conditions of a webhook; undefined when it has none. */
export function lazyConditions(conditions: readonly MatchCondition[] | undefined): ConditionSet | undefined {
  return conditions?.length ? compiler().makeConditions(conditions) : undefined;
}

/** Why an expression is no condition; undefined when it is one. */
export function conditionFault(expression: string): string | undefined {
  return compiler().conditionFault(expression);
}
