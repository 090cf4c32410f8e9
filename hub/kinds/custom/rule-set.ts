/** The rules of a schema, compiled, and asked about an object and the one it takes the place of. */
import type { ValidationRule } from '../../api/custom-resource.ts';
import { duplicate, type FieldError, forbiddenField, invalid, required, valueless } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { sameJson } from '../../api/same-json.ts';
import {
  type Budget,
  CompilationError,
  CostExceeded,
  Environment,
  EvaluationError,
  type Program,
} from '../../cel/environment.ts';
import { optionalOf, type Type } from '../../cel/types/type.ts';
import { Optional, type Value } from '../../cel/types/value.ts';
import { fieldPathOf } from './field-path.ts';
import { nowhere } from './findings.ts';
import { PathFault } from './json-path.ts';
import type { CustomRules } from './rules.ts';
import { type RuleType, ruleTypeOf } from './rule-types.ts';
import { isFields, type Structural } from './structural.ts';

/** API: what one rule, and all rules of a request together, may cost. */
const perRule = 1_000_000;
const perRequest = 10_000_000;

const longestMessage = 5 * 1024;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: Program | undefined;
  readonly message: Program | undefined;
  readonly fault: string | undefined;
}

/** A schema that has rules, here or below. */
interface RuleNode {
  readonly type: RuleType;
  readonly typeName: string;
  readonly schema: Structural;
  readonly rules: readonly CompiledRule[];
  readonly fields: ReadonlyMap<string, RuleNode>;
  readonly additional: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

/** The variables rules name: the value, and the one before it. */
export function ruleEnvironment(type: Type, optionalOld: boolean): Environment {
  const old = optionalOld ? optionalOf(type) : type;
  return new Environment({
    variables: new Map([
      ['self', type],
      ['oldSelf', old],
    ]),
  });
}

function compileRule(rule: ValidationRule, type: Type): CompiledRule {
  const environment = ruleEnvironment(type, rule.optionalOldSelf === true);
  try {
    const program = environment.compile(rule.rule);
    const message = rule.messageExpression ? environment.compile(rule.messageExpression) : undefined;
    return { rule, program, message, fault: undefined };
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return { rule, program: undefined, message: undefined, fault: error.message };
  }
}

function nodeOf(schema: Structural, type: RuleType | undefined): RuleNode | undefined {
  if (type === undefined) return undefined;
  const rules = (schema.json['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, type.type));
  const items = schema.items === undefined ? undefined : nodeOf(schema.items, type.items);
  const { additional: more } = schema;
  const additional = more === undefined || more === true ? undefined : nodeOf(more, type.additional);
  const fields = new Map<string, RuleNode>();
  for (const [name, part] of schema.properties) {
    const node = nodeOf(part, type.fields?.get(name));
    if (node !== undefined) fields.set(name, node);
  }
  if (rules.length === 0 && items === undefined && additional === undefined && fields.size === 0) return undefined;
  return { type, typeName: schema.type, schema, rules, fields, additional, items };
}

/** Where the walk over an object is. */
interface Place {
  readonly path: string;
  readonly value: unknown;
  /** Undefined when there was nothing, or nothing that corresponds. */
  readonly old: unknown;
  /** The value, or what it is in, did not change. */
  readonly unchanged: boolean;
}

const under = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const reasons: Readonly<Record<string, FieldError['type']>> = {
  FieldValueInvalid: 'FieldValueInvalid',
  FieldValueForbidden: 'FieldValueForbidden',
  FieldValueRequired: 'FieldValueRequired',
  FieldValueDuplicate: 'FieldValueDuplicate',
};

class RuleWalk {
  readonly errors: FieldError[] = [];
  #left = perRequest;

  /** False when nothing is left to spend. */
  node(node: RuleNode, place: Place): boolean {
    if (place.value === null || place.value === undefined) return true;
    if (node.rules.length > 0 && !this.#rules(node, place)) return false;
    if (Array.isArray(place.value)) return this.#items(node, place, place.value);
    return !isFields(place.value) || this.#fields(node, place, place.value);
  }

  #items(node: RuleNode, place: Place, list: readonly unknown[]): boolean {
    const { items } = node;
    if (items === undefined) return true;
    return list.every((value, index) => {
      const old = oldItem(node.schema, value, place.old);
      return this.node(items, this.#below(place, `${place.path}[${index}]`, value, old));
    });
  }

  #fields(node: RuleNode, place: Place, fields: Record<string, unknown>): boolean {
    const before = isFields(place.old) ? place.old : {};
    return Object.keys(fields).every((name) => {
      const declared = node.fields.get(name);
      const part = declared ?? (node.schema.properties.has(name) ? undefined : node.additional);
      if (part === undefined) return true;
      const path = declared === undefined ? `${place.path}[${name}]` : under(place.path, name);
      const old = Object.hasOwn(before, name) ? before[name] : undefined;
      return this.node(part, this.#below(place, path, fields[name], old));
    });
  }

  #below(place: Place, path: string, value: unknown, old: unknown): Place {
    const unchanged = old === undefined ? place.unchanged : sameJson(value, old);
    return { path, value, old: old ?? undefined, unchanged };
  }

  #rules(node: RuleNode, place: Place): boolean {
    const variables = new Map<string, Value>();
    try {
      variables.set('self', node.type.read(place.value));
      if (place.old !== undefined) variables.set('oldSelf', node.type.read(place.old));
    } catch (error) {
      if (error instanceof EvaluationError) return true;
      throw error;
    }
    for (const compiled of node.rules) {
      if (this.#left <= 0) return this.#spent(node, place);
      if (!this.#rule(node, place, compiled, variables)) return false;
    }
    return true;
  }

  #spent(node: RuleNode, { path }: Place): boolean {
    const why = 'validation failed due to running out of cost budget, no further validation rules will be run';
    this.errors.push(invalid(path === '' ? nowhere : path, node.typeName, why));
    return false;
  }

  #rule(node: RuleNode, place: Place, compiled: CompiledRule, values: ReadonlyMap<string, Value>): boolean {
    const { rule, program } = compiled;
    const path = place.path === '' ? nowhere : place.path;
    if (program === undefined) {
      this.errors.push(invalid(path, node.typeName, `rule compile error: compilation failed: ${compiled.fault}`));
      return true;
    }
    let variables = values;
    if (program.uses('oldSelf')) {
      const old = values.get('oldSelf');
      if (rule.optionalOldSelf === true) variables = new Map([...values, ['oldSelf', new Optional(old)]]);
      else if (old === undefined) return true;
    }
    const budget: Budget = { left: Math.min(perRule, this.#left) };
    const before = budget.left;
    const outcome = run(program, variables, budget);
    this.#left -= before - Math.max(0, budget.left);
    if (outcome === true || place.unchanged) return true;
    if (outcome instanceof CostExceeded) {
      if (before < perRule) return this.#spent(node, place);
      const why = `${outcome.message}: call cost exceeds limit for rule: ${rule.rule}`;
      this.errors.push(invalid(path, node.typeName, why));
    } else if (outcome instanceof Error) {
      this.errors.push(invalid(path, node.typeName, `${outcome.message} evaluating rule: ${ruleText(rule)}`));
    } else this.errors.push(failed(node, place, rule, this.#message(compiled, variables)));
    return true;
  }

  #message({ rule, message }: CompiledRule, variables: ReadonlyMap<string, Value>): string {
    const fixed = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    if (message === undefined) return fixed;
    const budget: Budget = { left: Math.min(perRule, this.#left) };
    const before = budget.left;
    const text = run(message, variables, budget);
    this.#left -= before - Math.max(0, budget.left);
    const fits =
      typeof text === 'string' && text.trim() !== '' && !text.includes('\n') && text.length <= longestMessage;
    return fits ? text.trim() : fixed;
  }
}

function ruleText({ rule, message }: ValidationRule): string {
  return message?.trim() || rule.trim();
}

/** Where a rule that fails is told: at the value, or at the field of it that the rule names. */
function placeOf(node: RuleNode, path: string, fieldPath: string): string {
  if (fieldPath === '') return path === '' ? nowhere : path;
  try {
    return under(path, fieldPathOf(fieldPath, node.schema.json).text);
  } catch (error) {
    if (error instanceof PathFault) return path === '' ? nowhere : path;
    throw error;
  }
}

/** API: scalars are shown; of an object or a list only what is wrong is told. */
function failed(node: RuleNode, place: Place, rule: ValidationRule, message: string): FieldError {
  const at = placeOf(node, place.path, rule.fieldPath ?? '');
  const isShown = node.typeName !== 'object' && node.typeName !== 'array';
  switch (reasons[rule.reason ?? ''] ?? 'FieldValueInvalid') {
    case 'FieldValueForbidden':
      return forbiddenField(at, message);
    case 'FieldValueRequired':
      return required(at, message);
    case 'FieldValueDuplicate':
      return isShown
        ? duplicate(at, place.value)
        : { type: 'FieldValueDuplicate', field: at, message: 'Duplicate value' };
    default:
      return isShown ? invalid(at, place.value, message) : valueless(at, message);
  }
}

function run(program: Program, variables: ReadonlyMap<string, Value>, budget: Budget): Value | Error {
  try {
    return program.run(variables, budget);
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof CostExceeded) return error;
    throw error;
  }
}

function oldItem(schema: Structural, item: unknown, old: unknown): unknown {
  if (schema.listType !== 'map' || !Array.isArray(old) || !isFields(item)) return undefined;
  return old.find((one: unknown) => isFields(one) && schema.mapKeys.every((key) => sameJson(one[key], item[key])));
}

/** The rules of a schema, ready; undefined when it has none. */
export function makeRules(schema: Structural): CustomRules | undefined {
  const root = nodeOf(schema, ruleTypeOf(schema, true));
  if (root === undefined) return undefined;
  return {
    errors(object: KubeObject, old: KubeObject | undefined) {
      const walk = new RuleWalk();
      walk.node(root, { path: '', value: object, old, unchanged: false });
      return walk.errors;
    },
  };
}
