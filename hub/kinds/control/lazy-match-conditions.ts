/** Match conditions for webhooks that have some; what compiles them is loaded with the first of those. */
import type { MatchCondition } from '../../api/webhook.ts';
import { load } from '../custom/lazy-rules.ts';
import type { ConditionSet } from './condition-set.ts';

type Compiler = typeof import('./match-conditions.ts');

const compiler = (): Compiler => load('../control/match-conditions.ts') as Compiler;

/** The conditions of a webhook; undefined when it has none. */
export function lazyConditions(conditions: readonly MatchCondition[] | undefined): ConditionSet | undefined {
  return conditions?.length ? compiler().makeConditions(conditions) : undefined;
}

/** Why an expression is no condition; undefined when it is one. */
export function conditionFault(expression: string): string | undefined {
  return compiler().conditionFault(expression);
}
