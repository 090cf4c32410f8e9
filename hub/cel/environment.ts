/** The contract of this room: compiling expressions against declared variables, what they may cost, and running them. */
import { check, type Checked } from './check.ts';
import { estimateCost } from './cost.ts';
import { type Budget, CostExceeded, evaluate } from './evaluate.ts';
import { literalProblems } from './literals.ts';
import { libraries } from './library/libraries.ts';
import type { Library } from './library/overload.ts';
import { parse } from './syntax/parse.ts';
import { problemText, SyntaxProblem } from './syntax/problem.ts';
import type { Type } from './types/type.ts';
import { EvaluationError, type Value } from './types/value.ts';

export { type Budget, CostExceeded } from './evaluate.ts';
export { EvaluationError } from './types/value.ts';

/** What an expression may name. */
export interface EnvironmentOptions {
  readonly variables: ReadonlyMap<string, Type>;
  /** More functions than those of Kubernetes. */
  readonly library?: Library;
  /** The types expressions may construct, by name; unset: none. */
  readonly constructed?: (name: string) => Type | undefined;
}

/** An expression that is ready to run. */
export interface Program {
  readonly result: Type;
  /** The most it can cost by the sizes of its variables' types; Infinity when they have no bounds. */
  readonly cost: number;
  /** True when it names this variable. */
  uses(variable: string): boolean;
  /** Its value. Throws EvaluationError, and CostExceeded; takes what it cost from the budget. */
  run(variables: ReadonlyMap<string, Value>, budget: Budget): Value;
}

/** Why a text is no expression here: cel-go's report, with line, column and mark. */
export class CompilationError extends Error {}

class CheckedProgram implements Program {
  readonly #checked: Checked;
  readonly cost: number;

  constructor(checked: Checked, root: Type | undefined) {
    this.#checked = checked;
    this.cost = estimateCost(checked, root).max;
  }

  get result(): Type {
    return this.#checked.result;
  }

  uses(variable: string): boolean {
    return this.#checked.names.has(variable);
  }

  run(variables: ReadonlyMap<string, Value>, budget: Budget): Value {
    try {
      return evaluate(this.#checked, variables, budget);
    } catch (error) {
      if (error instanceof RangeError) throw new EvaluationError('expression is too deep', { cause: error });
      throw error;
    }
  }
}

/** Compiles expressions that may name the same things. */
export class Environment {
  readonly #options: EnvironmentOptions;
  readonly #library: Library;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#library = options.library === undefined ? libraries : new Map([...libraries, ...options.library]);
  }

  /** Throws CompilationError. */
  compile(text: string): Program {
    try {
      const expression = parse(text);
      const { variables, constructed } = this.#options;
      const { checked, problems } = check(expression, { variables, library: this.#library, constructed });
      const all = problems.length > 0 ? problems : literalProblems(checked);
      if (all.length > 0) throw new CompilationError(problemText(text, all));
      return new CheckedProgram(checked, variables.get('self'));
    } catch (error) {
      if (error instanceof RangeError) throw new CompilationError('expression nests too deeply', { cause: error });
      if (!(error instanceof SyntaxProblem)) throw error;
      throw new CompilationError(problemText(text, [{ at: error.at, message: error.message }]), { cause: error });
    }
  }
}

/** True for what a program throws when its value cannot be worked out. */
export function isRunError(error: unknown): error is Error {
  return error instanceof EvaluationError || error instanceof CostExceeded;
}
