/** What is wrong with the expressions of a policy, one after the other: those of its variables come first. */
import type { PolicySpec } from '../../../api/admission-policy.ts';
import { Expressions, type Use } from './expressions.ts';
import { mutatingUses } from './mutating.ts';
import { validatingUses } from './validating.ts';

const uses: Readonly<Record<ExpressionUse, Use>> = { ...validatingUses, ...mutatingUses };

/** What an expression is for. */
export type ExpressionUse = keyof typeof validatingUses | keyof typeof mutatingUses;

/** Tells of each expression why it cannot be used; undefined when it can. */
export class PolicyFaults {
  readonly #expressions: Expressions;

  /** `composed`: variables may be named, even where there are none. */
  constructor({ paramKind }: PolicySpec, composed: boolean) {
    this.#expressions = new Expressions({ params: paramKind !== undefined }, composed);
  }

  variable(name: string, text: string): string | undefined {
    const { program, fault } = this.#expressions.variable(name, text);
    return program === undefined ? fault : undefined;
  }

  expression(text: string, use: ExpressionUse): string | undefined {
    const { program, fault } = this.#expressions.compile(text, uses[use]);
    return program === undefined ? fault : undefined;
  }
}
