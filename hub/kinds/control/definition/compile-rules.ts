/** Compiles the rules of a schema, and adds up what they may cost. API: limits of Kubernetes for one rule and for a schema. */
import type { JsonSchema, ValidationRule } from '../../../api/custom-resource.ts';
import { CompilationError, type Environment, type Program } from '../../../cel/environment.ts';
import { type FieldError, forbiddenField, invalid } from '../../../api/field-error.ts';
import { isSimple } from '../../../cel/types/type.ts';
import { ruleEnvironment } from '../../custom/rule-set.ts';
import { type RuleType, ruleTypeOf } from '../../custom/rule-types.ts';
import { type Structural, structuralOf } from '../../custom/structural.ts';

const ruleLimit = 10_000_000;
const schemaLimit = 100_000_000;
const mostTold = 4;

const advice =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

function tooMuch(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? 'more than 100' : factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1);
  return `${what} exceeds budget by factor of ${text}x ${advice}`;
}

/** Where a schema is: how many values of it an object can have, and since where nothing before corresponds to them. */
interface Context {
  readonly path: string;
  readonly count: number;
  readonly uncorrelated: string | undefined;
}

class RuleCompiler {
  readonly #errors: FieldError[];
  #total = 0;
  readonly #expensive: { path: string; cost: number }[] = [];

  constructor(errors: FieldError[]) {
    this.#errors = errors;
  }

  schema(schema: Structural, type: RuleType | undefined, context: Context): void {
    if (type === undefined) return;
    this.#below(schema, type, context);
    schema.json['x-kubernetes-validations']?.forEach((rule, index) => {
      this.#rule(rule, type, { ...context, path: `${context.path}.x-kubernetes-validations[${index}]` });
    });
  }

  #below(schema: Structural, type: RuleType, context: Context): void {
    const most = type.type.most ?? Infinity;
    const apart = context.uncorrelated ?? (schema.mapType === 'atomic' ? context.path : undefined);
    for (const [name, part] of schema.properties) {
      const path = `${context.path}.properties[${name}]`;
      this.schema(part, type.fields?.get(name), { ...context, path, uncorrelated: apart });
    }
    const { additional, items } = schema;
    if (additional !== undefined && additional !== true) {
      const path = `${context.path}.additionalProperties`;
      this.schema(additional, type.additional, { ...context, path, count: context.count * most });
    }
    if (items === undefined) return;
    const uncorrelated = context.uncorrelated ?? (schema.listType === 'map' ? undefined : context.path);
    this.schema(items, type.items, { path: `${context.path}.items`, count: context.count * most, uncorrelated });
  }

  #compile(
    environment: Environment,
    text: string,
    path: string,
    rule: ValidationRule,
    head: string,
  ): Program | undefined {
    try {
      return environment.compile(text);
    } catch (error) {
      if (!(error instanceof CompilationError)) throw error;
      this.#errors.push(invalid(path, rule, `${head}compilation failed: ${error.message}`));
      return undefined;
    }
  }

  #rule(rule: ValidationRule, type: RuleType, context: Context): void {
    const { path, count, uncorrelated } = context;
    const at = `${path}.rule`;
    const environment = ruleEnvironment(type.type, rule.optionalOldSelf === true);
    const program = this.#compile(environment, rule.rule, at, rule, '');
    if (program === undefined) return;
    if (!isSimple(program.result, 'bool', 'dyn')) {
      this.#errors.push(invalid(at, rule, 'cel expression must evaluate to a bool'));
      return;
    }
    this.#charge(program.cost * count, 'estimated rule cost', at);
    if (rule.messageExpression) this.#message(rule, rule.messageExpression, environment, context);
    if (uncorrelated !== undefined && program.uses('oldSelf')) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      this.#errors.push(invalid(at, rule.rule, why));
    }
    if (rule.optionalOldSelf !== undefined && !program.uses('oldSelf')) {
      const why = 'may not be set if oldSelf is not used in rule';
      this.#errors.push(invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, why));
    }
  }

  /** API: what a message costs is told for one value, however many there may be. */
  #message(rule: ValidationRule, text: string, environment: Environment, { path }: Context): void {
    const at = `${path}.messageExpression`;
    const program = this.#compile(environment, text, at, rule, 'messageExpression ');
    if (program === undefined) return;
    if (!isSimple(program.result, 'string', 'dyn')) {
      this.#errors.push(invalid(at, rule, 'messageExpression must evaluate to a string'));
    } else this.#charge(program.cost, 'estimated messageExpression cost', at);
  }

  #charge(cost: number, what: string, path: string): void {
    this.#total += cost;
    this.#expensive.push({ path, cost });
    if (cost > ruleLimit) this.#errors.push(forbiddenField(path, tooMuch(what, cost, ruleLimit)));
  }

  /** What all rules together cost. */
  close(path: string): void {
    if (this.#total <= schemaLimit) return;
    const told = this.#expensive.sort((a, b) => b.cost - a.cost).slice(0, mostTold);
    const why = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    for (const one of told) this.#errors.push(forbiddenField(one.path, why));
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    this.#errors.push(forbiddenField(path, tooMuch(what, this.#total, schemaLimit)));
  }
}

/** What is wrong with the rules of a schema. */
export function compileRules(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const compiler = new RuleCompiler(errors);
  const structural = structuralOf(schema);
  compiler.schema(structural, ruleTypeOf(structural, true), { path, count: 1, uncorrelated: undefined });
  compiler.close(path);
}
