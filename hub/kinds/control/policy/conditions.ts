/** Match conditions of webhooks and policies: CEL about a request, all of which must hold. */
import type { MatchCondition } from '../../../api/webhook.ts';
import { Activation, conditionBudget, ExpressionFault } from './activation.ts';
import type { ConditionSet } from './evaluation.ts';
import { type Compiled, Expressions } from './expressions.ts';

const use = { returns: ['bool'], authorizer: true };

/** Why an expression is no condition; undefined when it is one. `params`: it may name them. */
export function conditionFault(expression: string, params = false): string | undefined {
  const { program, fault } = new Expressions({ params }, false).compile(expression, use);
  return program === undefined ? fault : undefined;
}

/** Compiles conditions; what does not compile fails when it is asked. */
export function makeConditions(conditions: readonly MatchCondition[], params = false): ConditionSet {
  const expressions = new Expressions({ params }, false);
  const compiled = conditions.map(({ expression }): Compiled => expressions.compile(expression, use));
  return {
    match(input) {
      // API: conditions do not see the namespace
      const activation = new Activation({ ...input, namespace: undefined }, [], conditionBudget);
      const faults: string[] = [];
      let holds = true;
      for (const one of compiled) {
        try {
          if (activation.evaluate(one) !== true) holds = false;
        } catch (error) {
          if (!(error instanceof ExpressionFault)) throw error;
          faults.push(error.message);
        }
      }
      // API: one that does not hold wins over others that cannot be worked out
      if (!holds) return false;
      if (faults.length > 0) throw new Error(faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`);
      return true;
    },
  };
}
