/** Runs compiled expressions over one input, within what they may cost each and together. */
import { type Budget, CostExceeded, isRunError } from '../../../cel/environment.ts';
import { EvaluationError, Struct, type Value } from '../../../cel/types/value.ts';
import type { AdmissionInput } from './evaluation.ts';
import type { Compiled, CompiledVariable } from './expressions.ts';
import { LazyValues, variableValues } from './variables.ts';

/** API: what one expression may cost. */
const perExpression = 1_000_000;

/** API: what the expressions of one policy may cost together for one request. */
export const policyBudget = 10_000_000;
/** API: what its match conditions may. */
export const conditionBudget = 2_500_000;

/** Nothing is left to spend: no more expressions are run. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** One expression could not be worked out. */
export class ExpressionFault extends Error {}

/** One input, its variables, and what is left to spend. */
export class Activation {
  readonly #values: LazyValues;
  #left: number;
  /** What variables cost since the last expression. */
  #spent = 0;

  constructor(input: AdmissionInput, variables: readonly CompiledVariable[], budget: number) {
    const makers = variableValues(input);
    if (variables.length > 0) makers.set('variables', () => new Struct(this.#composed(variables)));
    this.#values = new LazyValues(makers);
    this.#left = budget;
  }

  get left(): number {
    return this.#left;
  }

  /** The value of an expression. Throws ExpressionFault, and OutOfBudget. */
  evaluate({ text, program, fault }: Compiled): Value {
    if (program === undefined) throw new ExpressionFault(`compilation error: ${fault}`);
    const most = Math.min(perExpression, this.#left);
    const budget: Budget = { left: most };
    let failure: Error | undefined;
    let value: Value = null;
    try {
      value = program.run(this.#values, budget);
    } catch (error) {
      if (!isRunError(error)) throw error;
      if (error instanceof CostExceeded && most < perExpression) throw new OutOfBudget();
      failure = error;
    }
    this.#left -= most - Math.max(0, budget.left) + this.#spent;
    this.#spent = 0;
    if (this.#left < 0) throw new OutOfBudget();
    if (failure !== undefined) {
      throw new ExpressionFault(`expression '${text}' resulted in error: ${failure.message}`, { cause: failure });
    }
    return value;
  }

  #composed(variables: readonly CompiledVariable[]): LazyValues {
    return new LazyValues(new Map(variables.map((one) => [one.name, () => this.#variable(one)])));
  }

  #variable({ name, program, fault }: CompiledVariable): Value {
    const named = `composited variable ${JSON.stringify(name)} fails to`;
    if (program === undefined) throw new EvaluationError(`${named} compile: ${fault}`);
    const budget: Budget = { left: perExpression };
    try {
      return program.run(this.#values, budget);
    } catch (error) {
      if (!isRunError(error)) throw error;
      throw new EvaluationError(`${named} evaluate: ${error.message}`, { cause: error });
    } finally {
      this.#spent += perExpression - Math.max(0, budget.left);
    }
  }
}
