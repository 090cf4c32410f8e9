/** A ValidatingAdmissionPolicy, compiled. */
import type { AuditAnnotation, Validation, ValidatingPolicySpec } from '../../../api/admission-policy.ts';
import { Activation, ExpressionFault, OutOfBudget, policyBudget } from './activation.ts';
import { makeConditions } from './conditions.ts';
import type { AdmissionInput, ConditionSet, Denial, Judgement, Validator } from './evaluation.ts';
import { type Compiled, type CompiledVariable, Expressions } from './expressions.ts';

/** API: longer messages are not used. */
const longestMessage = 5 * 1024;

/** What the expressions of such a policy may be. */
export const validatingUses = {
  validation: { returns: ['bool'], authorizer: true },
  message: { returns: ['string'], authorizer: false },
  annotation: { returns: ['string', 'null_type'], authorizer: true },
} as const;

interface CompiledValidation extends Compiled {
  readonly validation: Validation;
  readonly message: Compiled | undefined;
}

interface CompiledAnnotation extends Compiled {
  readonly key: string;
}

const nothing: Judgement = { denials: [], annotations: [], annotationFaults: [] };

class CompiledPolicy implements Validator {
  readonly #fails: boolean;
  readonly #conditions: ConditionSet | undefined;
  readonly #variables: readonly CompiledVariable[];
  readonly #validations: readonly CompiledValidation[];
  readonly #annotations: readonly CompiledAnnotation[];

  constructor(spec: ValidatingPolicySpec) {
    const params = spec.paramKind !== undefined;
    const variables = spec.variables ?? [];
    const expressions = new Expressions({ params }, variables.length > 0);
    this.#fails = spec.failurePolicy !== 'Ignore';
    this.#conditions = spec.matchConditions?.length ? makeConditions(spec.matchConditions, params) : undefined;
    this.#variables = variables.map(({ name, expression }) => expressions.variable(name, expression));
    this.#validations = (spec.validations ?? []).map((validation) => ({
      ...expressions.compile(validation.expression, validatingUses.validation),
      validation,
      message: validation.messageExpression
        ? expressions.compile(validation.messageExpression, validatingUses.message)
        : undefined,
    }));
    this.#annotations = (spec.auditAnnotations ?? []).map(({ key, valueExpression }: AuditAnnotation) => ({
      ...expressions.compile(valueExpression, validatingUses.annotation),
      key,
    }));
  }

  judge(input: AdmissionInput): Judgement {
    try {
      if (this.#conditions?.match(input) === false) return nothing;
    } catch (error) {
      return this.#failed(error instanceof Error ? error.message : String(error));
    }
    try {
      return { denials: this.#denials(input), ...this.#annotated(input) };
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      return this.#failed(error.message);
    }
  }

  #failed(message: string): Judgement {
    return this.#fails ? { ...nothing, denials: [{ index: 0, message, reason: undefined }] } : nothing;
  }

  #denials(input: AdmissionInput): Denial[] {
    const activation = new Activation(input, this.#variables, policyBudget);
    const denials: Denial[] = [];
    const denied: { index: number; compiled: CompiledValidation }[] = [];
    this.#validations.forEach((compiled, index) => {
      try {
        if (activation.evaluate(compiled) !== true) denied.push({ index, compiled });
      } catch (error) {
        if (!(error instanceof ExpressionFault)) throw error;
        if (this.#fails) denials.push({ index, message: error.message, reason: undefined });
      }
    });
    if (denied.length === 0) return denials;
    // API: messages share what validations left to spend, and do not see the authorizer
    const messages = new Activation({ ...input, access: undefined }, this.#variables, activation.left);
    for (const { index, compiled } of denied) denials.push(...this.#denial(index, compiled, messages));
    return denials.sort((a, b) => a.index - b.index);
  }

  #denial(index: number, { validation, message }: CompiledValidation, messages: Activation): Denial[] {
    try {
      const written = message === undefined ? undefined : messageOf(message, messages);
      const fixed = validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
      return [{ index, message: written ?? fixed, reason: validation.reason || undefined }];
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      if (!this.#fails) return [];
      return [{ index, message: `failed messageExpression: ${error.message}`, reason: undefined }];
    }
  }

  #annotated(input: AdmissionInput): Pick<Judgement, 'annotations' | 'annotationFaults'> {
    if (this.#annotations.length === 0) return { annotations: [], annotationFaults: [] };
    const activation = new Activation({ ...input, access: undefined }, this.#variables, policyBudget);
    const annotations: { key: string; value: string }[] = [];
    const annotationFaults: string[] = [];
    for (const annotation of this.#annotations) {
      try {
        const value = activation.evaluate(annotation);
        if (typeof value === 'string' && value.trim() !== '') {
          annotations.push({ key: annotation.key, value: value.trim() });
        }
      } catch (error) {
        if (!(error instanceof ExpressionFault)) throw error;
        if (this.#fails) annotationFaults.push(error.message);
      }
    }
    return { annotations, annotationFaults };
  }
}

/** What an expression says; undefined when that is no message of one line. */
function messageOf(expression: Compiled, activation: Activation): string | undefined {
  try {
    const value = activation.evaluate(expression);
    const text = typeof value === 'string' ? value.trim() : '';
    const fits = text !== '' && Buffer.byteLength(text) <= longestMessage && !text.includes('\n');
    return fits ? text : undefined;
  } catch (error) {
    if (error instanceof ExpressionFault) return undefined;
    throw error;
  }
}

/** Compiles a policy; what does not compile fails when it is asked. */
export function makeValidator(spec: ValidatingPolicySpec): Validator {
  return new CompiledPolicy(spec);
}
