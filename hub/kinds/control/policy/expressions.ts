/** Compiles the expressions of one policy; those of its variables first, which later ones name as `variables.x`. */
import { CompilationError, Environment, type Program } from '../../../cel/environment.ts';
import { patchFunctions, patchType } from '../../../cel/library/patches.ts';
import { dyn, type Type, typeText } from '../../../cel/types/type.ts';
import { type Naming, variableTypes } from './variables.ts';

/** An expression, and its program or why there is none. */
export interface Compiled {
  readonly text: string;
  readonly program: Program | undefined;
  readonly fault: string;
}

/** A variable of a policy. */
export interface CompiledVariable extends Compiled {
  readonly name: string;
}

/** The types expressions may be of, as errors name them; undefined: any. */
export type Returns = readonly string[] | undefined;

/** What an expression may be and name. `patches`: it may construct objects and steps of patches. */
export interface Use {
  readonly returns: Returns;
  readonly authorizer: boolean;
  readonly patches?: boolean;
}

function typeFault(result: Type, returns: Returns): string | undefined {
  if (returns === undefined) return undefined;
  const text = result.is === 'simple' && result.name === 'null_type' ? 'null_type' : typeText(result);
  if (returns.includes(text)) return undefined;
  const wanted = returns.length === 1 ? returns[0] : `one of [${returns.join(' ')}]`;
  return `must evaluate to ${wanted} but got ${text}`;
}

/** The expressions of one policy, or of one list of match conditions. */
export class Expressions {
  readonly #naming: Omit<Naming, 'authorizer'>;
  readonly #variables: Map<string, Type> | undefined;

  /** `composed`: there are variables, or there may be. */
  constructor(naming: Omit<Naming, 'authorizer'>, composed: boolean) {
    this.#naming = naming;
    this.#variables = composed ? new Map() : undefined;
  }

  compile(text: string, { returns, authorizer, patches = false }: Use): Compiled {
    try {
      const program = this.#environment(authorizer, patches).compile(text);
      const fault = typeFault(program.result, returns);
      // API: a type that is only known when it runs is none of those
      return fault === undefined ? { text, program, fault: '' } : { text, program: undefined, fault };
    } catch (error) {
      if (!(error instanceof CompilationError)) throw error;
      return { text, program: undefined, fault: `compilation failed: ${error.message}` };
    }
  }

  /** Compiles a variable and lets those that come after name it. */
  variable(name: string, text: string): CompiledVariable {
    const compiled = this.compile(text, { returns: undefined, authorizer: true });
    // API: one that does not compile is there, so that only its own fault is told
    this.#variables?.set(name, compiled.program?.result ?? dyn);
    return { ...compiled, name };
  }

  #environment(authorizer: boolean, patches: boolean): Environment {
    const variables = variableTypes({ ...this.#naming, authorizer });
    if (this.#variables !== undefined) {
      variables.set('variables', { is: 'object', name: 'kubernetes.variables', fields: this.#variables });
    }
    return new Environment(patches ? { variables, library: patchFunctions, constructed: patchType } : { variables });
  }
}
