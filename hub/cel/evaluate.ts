/** Runs a checked expression, counting what it costs. */
import type { Checked } from './check.ts';
import type { Overload } from './library/overload.ts';
import { noSuchKey } from './library/standard.ts';
import type { Expression } from './syntax/ast.ts';
import { isDyn, type Type } from './types/type.ts';
import {
  EvaluationError,
  List,
  mapKey,
  Optional,
  Opaque,
  Struct,
  TypeValue,
  typeOf,
  Uint,
  type Value,
} from './types/value.ts';

/** The costs of one or more evaluations, and the most they may be together. */
export interface Budget {
  left: number;
}

/** Thrown when an expression costs more than it may. */
export class CostExceeded extends Error {}

/** What a step of growing costs beside its parts: the name, the list of one, and putting both together. */
const collectCost = 12;

/** What making an object costs beside its fields. */
const structCost = 40;

type Scope = { readonly values: ReadonlyMap<string, Value | EvaluationError>; readonly outer: Scope | undefined };

class Evaluator {
  readonly #checked: Checked;
  readonly #budget: Budget;

  constructor(checked: Checked, budget: Budget) {
    this.#checked = checked;
    this.#budget = budget;
  }

  #pay(cost: number): void {
    this.#budget.left -= cost;
    if (this.#budget.left < 0) throw new CostExceeded('operation cancelled: actual cost limit exceeded');
  }

  value(node: Expression, scope: Scope): Value {
    switch (node.is) {
      case 'literal': {
        const { value } = node;
        return typeof value === 'object' && value !== null && 'uint' in value ? new Uint(value.uint) : value;
      }
      case 'name':
        return this.#name(node.name, scope);
      case 'select':
        return this.#select(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'struct':
        return this.#struct(node, scope);
      case 'comprehension':
        return this.#comprehension(node, scope);
    }
  }

  #name(name: string, scope: Scope): Value {
    this.#pay(1);
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      const value = at.values.get(name);
      if (value instanceof EvaluationError) throw value;
      if (value !== undefined) return value;
    }
    if (/^(int|uint|double|bool|string|bytes|list|map|null_type|type)$/.test(name)) return new TypeValue(name);
    throw new EvaluationError(`no such attribute(s): ${name}`);
  }

  #select(node: Extract<Expression, { is: 'select' }>, scope: Scope): Value {
    const variable = this.#checked.qualified.get(node.id);
    if (variable !== undefined) return this.#name(variable, scope);
    const operand = this.value(node.operand, scope);
    const isOptional = operand instanceof Optional;
    const holder = isOptional ? operand.value : operand;
    const found = holder === undefined ? undefined : fieldOf(holder, node.field);
    if (node.test) return found !== undefined;
    this.#pay(1);
    if (node.optional || isOptional) return found instanceof Optional ? found : new Optional(found);
    if (found !== undefined) return found;
    if (holder instanceof Struct || holder instanceof Map) throw noSuchKey(node.field);
    throw new EvaluationError(`no such key: ${node.field}`);
  }

  #list(node: Extract<Expression, { is: 'list' }>, scope: Scope): Value {
    const items: Value[] = [];
    node.items.forEach((item, index) => {
      const value = this.value(item, scope);
      if (!node.optional.has(index)) items.push(value);
      else if (value instanceof Optional && value.value !== undefined) items.push(value.value);
    });
    this.#pay(10);
    return new List(items);
  }

  #map(node: Extract<Expression, { is: 'map' }>, scope: Scope): Value {
    const map = new Map<Value, Value>();
    for (const { key, value, optional } of node.entries) {
      const name = mapKey(this.value(key, scope));
      const content = this.value(value, scope);
      if (!optional) map.set(name, content);
      else if (content instanceof Optional && content.value !== undefined) map.set(name, content.value);
    }
    this.#pay(30);
    return map;
  }

  #struct(node: Extract<Expression, { is: 'struct' }>, scope: Scope): Value {
    const fields = new Map<string, Value>();
    for (const { field, value, optional } of node.entries) {
      const content = this.value(value, scope);
      if (!optional) fields.set(field, content);
      else if (content instanceof Optional && content.value !== undefined) fields.set(field, content.value);
    }
    this.#pay(structCost);
    return new Struct(fields, node.name);
  }

  #collect(
    node: Extract<Expression, { is: 'comprehension' }>,
    { test, added }: Collected,
    range: Value,
    scope: Scope,
  ): Value {
    const items: Value[] = [];
    const entries = new Map<Value, Value>();
    const isMap = node.start.is === 'map';
    this.value(node.start, scope);
    const values = new Map<string, Value>();
    const here: Scope = { values, outer: scope };
    walk(range, node.variables, values, () => {
      this.#pay(collectCost);
      if (test !== undefined && !this.#truth(test, here)) return true;
      const [first, second] = added.map((one) => this.value(one, here));
      if (isMap) entries.set(mapKey(first as Value), second as Value);
      else items.push(first as Value);
      return true;
    });
    return isMap ? entries : new List(items);
  }

  #call(node: Extract<Expression, { is: 'call' }>, scope: Scope): Value {
    const [first, second, third] = node.args as [Expression, Expression, Expression];
    switch (node.name) {
      case '_&&_':
        return this.#either(first, second, scope, false);
      case '_||_':
        return this.#either(first, second, scope, true);
      case '_?_:_':
        return this.value(this.#truth(first, scope) ? second : third, scope);
      case '@not_strictly_false':
        return this.#notFalse(first, scope);
      default:
        return this.#function(node, scope);
    }
  }

  #truth(node: Expression, scope: Scope): boolean {
    const value = this.value(node, scope);
    if (typeof value !== 'boolean') throw new EvaluationError('no such overload');
    return value;
  }

  /** Whichever side decides does, whatever the other says. */
  #either(left: Expression, right: Expression, scope: Scope, deciding: boolean): boolean {
    let failure: unknown;
    try {
      if (this.#truth(left, scope) === deciding) return deciding;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      failure = error;
    }
    try {
      if (this.#truth(right, scope) === deciding) return deciding;
    } catch (error) {
      throw error instanceof EvaluationError ? (failure ?? error) : error;
    }
    if (failure !== undefined) throw failure;
    return !deciding;
  }

  #notFalse(node: Expression, scope: Scope): boolean {
    try {
      const value = this.value(node, scope);
      this.#pay(1);
      return value !== false;
    } catch (error) {
      if (error instanceof EvaluationError) return true;
      throw error;
    }
  }

  #function(node: Extract<Expression, { is: 'call' }>, scope: Scope): Value {
    const isPlain = node.target === undefined || this.#checked.qualified.has(node.id);
    const args = node.args.map((arg) => this.value(arg, scope));
    if (!isPlain && node.target !== undefined) args.unshift(this.value(node.target, scope));
    const overloads = this.#checked.overloads.get(node.id) ?? [];
    const overload = overloads.length === 1 ? overloads[0] : overloads.find((one) => takes(one, args));
    if (overload === undefined || (overloads.length === 1 && !takes(overload, args))) {
      throw new EvaluationError('no such overload');
    }
    this.#pay(overload.cost?.(args, undefined) ?? 1);
    return overload.run(...args);
  }

  #comprehension(node: Extract<Expression, { is: 'comprehension' }>, scope: Scope): Value {
    const range = this.value(node.range, scope);
    const collected = collects(node);
    if (collected !== undefined) return this.#collect(node, collected, range, scope);
    // nothing outlives an iteration, so all of them share one scope
    const values = new Map<string, Value | EvaluationError>([[node.result, this.value(node.start, scope)]]);
    const here: Scope = { values, outer: scope };
    walk(range, node.variables, values, () => {
      if (this.value(node.condition, here) !== true) return false;
      values.set(node.result, this.#stepped(node, here));
      return true;
    });
    return this.value(node.end, here);
  }

  /** The result after one iteration; an error may still be made up for by those that follow. */
  #stepped({ step, condition }: Extract<Expression, { is: 'comprehension' }>, here: Scope): Value | EvaluationError {
    try {
      return this.value(step, here);
    } catch (error) {
      if (!(error instanceof EvaluationError) || condition.is === 'literal') throw error;
      return error;
    }
  }
}

/** A walk whose result only grows, by one item at a time. */
interface Collected {
  readonly test: Expression | undefined;
  /** The new item, or the key and the value of the new entry. */
  readonly added: readonly Expression[];
}

/** What map, filter and their like are: written out as adding to a list, they would copy it at each step. */
function collects({ step, result, end }: Extract<Expression, { is: 'comprehension' }>): Collected | undefined {
  if (end.is !== 'name' || end.name !== result || step.is !== 'call') return undefined;
  const [first, second, third] = step.args;
  if (step.name === '_?_:_') {
    const isKept = third?.is === 'name' && third.name === result;
    const added = isKept && second?.is === 'call' ? growth(second, result) : undefined;
    return added === undefined ? undefined : { test: first, added };
  }
  const added = growth(step, result);
  return added === undefined ? undefined : { test: undefined, added };
}

function growth(
  { name, args }: Extract<Expression, { is: 'call' }>,
  result: string,
): readonly Expression[] | undefined {
  const [holder, item, value] = args;
  if (holder?.is !== 'name' || holder.name !== result || item === undefined) return undefined;
  if (name === '@insert' && value !== undefined) return [item, value];
  const isOne = name === '_+_' && item.is === 'list' && item.items.length === 1 && item.optional.size === 0;
  return isOne ? item.items : undefined;
}

/** Sets the variables of each iteration in turn, until `step` answers false. */
function walk(
  range: Value,
  [first = '', second]: readonly string[],
  values: Map<string, Value | EvaluationError>,
  step: () => boolean,
): void {
  if (range instanceof List && second === undefined) {
    for (const item of range.items) {
      values.set(first, item);
      if (!step()) return;
    }
    return;
  }
  for (const [key, value] of entriesOf(range)) {
    values.set(first, typeof key === 'number' ? BigInt(key) : key);
    if (second !== undefined) values.set(second, value);
    if (!step()) return;
  }
}

/** Keys and values; those of lists are their indexes. */
function entriesOf(range: Value): Iterable<readonly [Value, Value]> {
  if (range instanceof List) return range.items.entries();
  if (range instanceof Struct) return range.fields;
  if (range instanceof Map) return range;
  throw new EvaluationError('got no such overload, expected iterable type');
}

function fieldOf(holder: Value, field: string): Value | undefined {
  if (holder instanceof Struct) return holder.fields.get(field);
  if (holder instanceof Map) return holder.get(field);
  if (typeof holder === 'object' && holder !== null && !(holder instanceof Opaque)) return undefined;
  throw new EvaluationError('no such overload');
}

/** True when the values are of the types a signature wants. */
function takes(overload: Overload, args: readonly Value[]): boolean {
  const wanted = overload.target === undefined ? overload.args : [overload.target, ...overload.args];
  return wanted.length === args.length && wanted.every((type, index) => isOf(args[index] as Value, type));
}

function isOf(value: Value, type: Type): boolean {
  if (type.is === 'any' || isDyn(type)) return true;
  const actual = typeOf(value);
  if (type.is === 'simple') return actual === type.name;
  if (type.is === 'optional') return actual === 'optional_type';
  if (type.is === 'map') return actual === 'map' || actual === 'object';
  return actual === type.is;
}

/** The value of an expression with these variables. Throws EvaluationError, and CostExceeded beyond the budget. */
export function evaluate(checked: Checked, variables: ReadonlyMap<string, Value>, budget: Budget): Value {
  return new Evaluator(checked, budget).value(checked.expression, { values: variables, outer: undefined });
}
