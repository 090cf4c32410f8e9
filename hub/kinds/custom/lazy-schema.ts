/** The schema of a version of a custom kind, made ready when it is first used: of the kinds operators bring, few have objects. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { checkOf } from './check.ts';
import type { Check } from './findings.ts';
import type { CustomRules } from './rules.ts';
import { type Structural, structuralOf } from './structural.ts';

/** Makes the rules of a schema ready; undefined when it has none. */
export type MakeRules = (schema: Structural) => CustomRules | undefined;

/** What a schema is read by. */
export interface LazySchemaOptions {
  /** Reads it from where the definition is kept. */
  readonly read: () => JsonSchema;
  readonly makeRules: MakeRules;
}

/** One schema, in the forms that are asked for; each stays once it was made. */
export class LazySchema {
  readonly #options: LazySchemaOptions;
  #structural: Structural | undefined;
  #check: Check | undefined;
  /** Undefined until it is known whether there are any. */
  #rules: { readonly rules: CustomRules | undefined } | undefined;

  constructor(options: LazySchemaOptions) {
    this.#options = options;
  }

  /** As the definition writes it; not kept for this. */
  get json(): JsonSchema {
    return this.#structural?.json ?? this.#options.read();
  }

  get structural(): Structural {
    this.#structural ??= structuralOf(this.#options.read());
    return this.#structural;
  }

  get check(): Check {
    this.#check ??= checkOf(this.structural.json);
    return this.#check;
  }

  /** x-kubernetes-validations; undefined when there are none. */
  get rules(): CustomRules | undefined {
    this.#rules ??= { rules: this.#options.makeRules(this.structural) };
    return this.#rules.rules;
  }
}
