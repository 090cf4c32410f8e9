/** The type check: which type each part of an expression has, and which function each call means. */
import type { Expression } from './syntax/ast.ts';
import type { Problem } from './syntax/problem.ts';
import type { Library, Overload } from './library/overload.ts';
import {
  assignable,
  type Bindings,
  bool,
  bytes,
  double,
  dyn,
  filled,
  int,
  isDyn,
  isSimple,
  listOf,
  mapOf,
  nothing,
  optionalOf,
  string,
  type Type,
  typeText,
  typeType,
  uint,
  wrong,
} from './types/type.ts';

/** What an expression may name. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, Type>;
  readonly library: Library;
  /** The types expressions may construct, by name; undefined for names that are none. */
  readonly constructed?: ((name: string) => Type | undefined) | undefined;
}

/** What is known of an expression after the check. */
export interface Checked {
  readonly expression: Expression;
  readonly result: Type;
  /** By the number of the node. */
  readonly types: ReadonlyMap<number, Type>;
  /** The signatures a call may turn out to have, by the number of the node; more than one where types are dynamic. */
  readonly overloads: ReadonlyMap<number, readonly Overload[]>;
  /** What looks like a method or a field and is not: functions in a namespace (`sets.contains`), variables with a dot. */
  readonly qualified: ReadonlyMap<number, string>;
  /** Names that are used. */
  readonly names: ReadonlySet<string>;
}

/** Names that stand for types. */
const typeNames = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);

type Scope = ReadonlyMap<string, Type>;

class Checker {
  readonly problems: Problem[] = [];
  readonly types = new Map<number, Type>();
  readonly overloads = new Map<number, readonly Overload[]>();
  readonly qualified = new Map<number, string>();
  readonly names = new Set<string>();
  readonly #library: Library;
  readonly #constructed: (name: string) => Type | undefined;

  constructor({ library, constructed = () => undefined }: Declarations) {
    this.#library = library;
    this.#constructed = constructed;
  }

  type(node: Expression, scope: Scope): Type {
    const type = this.#typeOf(node, scope);
    this.types.set(node.id, type);
    return type;
  }

  #complain(at: number, message: string): Type {
    this.problems.push({ at, message });
    return wrong;
  }

  #typeOf(node: Expression, scope: Scope): Type {
    switch (node.is) {
      case 'literal':
        return literalType(node.value);
      case 'name':
        return this.#name(node.name, node.at, scope);
      case 'select':
        return this.#select(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'list':
        return listOf(this.#joined(node.items.map((item, at) => this.#part(item, node.optional.has(at), scope))));
      case 'map': {
        const keys = node.entries.map(({ key }) => this.#part(key, false, scope));
        const values = node.entries.map(({ value, optional }) => this.#part(value, optional, scope));
        return mapOf(this.#joined(keys), this.#joined(values));
      }
      case 'struct':
        return this.#struct(node, scope);
      case 'comprehension':
        return this.#comprehension(node, scope);
    }
  }

  #struct(node: Extract<Expression, { is: 'struct' }>, scope: Scope): Type {
    const type = this.#constructed(node.name);
    for (const { field, value, optional } of node.entries) {
      const given = this.type(value, scope);
      if (type?.is !== 'object') continue;
      const declared = type.fields.get(field) ?? (type.open === true ? dyn : undefined);
      if (declared === undefined) {
        this.#complain(value.at, `undefined field '${field}'`);
        continue;
      }
      const wanted = optional ? optionalOf(declared) : declared;
      if (assignable(given, wanted, new Map())) continue;
      const why = `expected type of field '${field}' is '${typeText(wanted)}' but provided type is '${typeText(given)}'`;
      this.#complain(value.at, why);
    }
    return type ?? this.#complain(node.at, `undeclared reference to '${node.name}' (in container '')`);
  }

  #name(name: string, at: number, scope: Scope): Type {
    const type = scope.get(name);
    if (type !== undefined) {
      this.names.add(name);
      return type;
    }
    if (typeNames.has(name)) return typeType;
    return this.#complain(at, `undeclared reference to '${name}' (in container '')`);
  }

  /** A part of a list or a map; an optional one counts as what it is when it is there. */
  #part(node: Expression, optional: boolean, scope: Scope): { at: number; type: Type } {
    const type = this.type(node, scope);
    return { at: node.at, type: optional && type.is === 'optional' ? type.of : type };
  }

  /** The one type of all. API: lists and maps are of one type, but for what is only known when it runs. */
  #joined(parts: readonly { at: number; type: Type }[]): Type {
    let joined: Type | undefined;
    for (const { at, type } of parts) {
      if (joined === undefined) joined = type;
      else if (!assignable(joined, type, new Map())) {
        return this.#complain(at, `expected type '${typeText(joined)}' but found '${typeText(type)}'`);
      } else if (isDyn(type) || isOpen(joined)) joined = type;
    }
    return joined ?? { is: 'any', name: '_' };
  }

  #select(node: Extract<Expression, { is: 'select' }>, scope: Scope): Type {
    if (node.operand.is === 'name' && !node.test) {
      const name = `${node.operand.name}.${node.field}`;
      const variable = scope.get(name);
      if (variable !== undefined) {
        this.qualified.set(node.id, name);
        this.names.add(name);
        return variable;
      }
    }
    const operand = this.type(node.operand, scope);
    const isOptional = operand.is === 'optional';
    const field = this.#field(isOptional ? operand.of : operand, node);
    if (node.test) return bool;
    return (node.optional || isOptional) && field.is !== 'optional' ? optionalOf(field) : field;
  }

  #field(operand: Type, node: Extract<Expression, { is: 'select' }>): Type {
    if (operand.is === 'map') return operand.value;
    if (operand.is === 'object') {
      const field = operand.fields.get(node.field) ?? (operand.open === true ? dyn : undefined);
      return field ?? this.#complain(node.at, `undefined field '${node.field}'`);
    }
    if (isDyn(operand) || operand.is === 'any') return dyn;
    return this.#complain(node.at, `type '${typeText(operand)}' does not support field selection`);
  }

  #call(node: Extract<Expression, { is: 'call' }>, scope: Scope): Type {
    const logical = this.#logical(node, scope);
    if (logical !== undefined) return logical;
    const { target } = node;
    const namespace = target?.is === 'name' && !scope.has(target.name) ? `${target.name}.${node.name}` : undefined;
    if (namespace !== undefined && this.#library.has(namespace)) {
      this.qualified.set(node.id, namespace);
      return this.#resolve(
        node,
        namespace,
        undefined,
        node.args.map((arg) => this.type(arg, scope)),
      );
    }
    const args = node.args.map((arg) => this.type(arg, scope));
    if (!this.#library.has(node.name) || node.name.startsWith('optional.')) {
      if (target !== undefined) this.type(target, scope);
      return this.#complain(node.at, `undeclared reference to '${node.name}' (in container '')`);
    }
    return this.#resolve(node, node.name, target === undefined ? undefined : this.type(target, scope), args);
  }

  /** Operators that need no signature: they do not look at all of their arguments. */
  #logical(node: Extract<Expression, { is: 'call' }>, scope: Scope): Type | undefined {
    switch (node.name) {
      case '_&&_':
      case '_||_': {
        const types = node.args.map((arg) => this.type(arg, scope));
        if (types.every((type) => assignable(type, bool, new Map()))) return bool;
        return this.#mismatch(node, node.name, undefined, types);
      }
      case '@not_strictly_false':
        for (const arg of node.args) this.type(arg, scope);
        return bool;
      case '_?_:_': {
        const [condition = wrong, yes = wrong, no = wrong] = node.args.map((arg) => this.type(arg, scope));
        const bindings: Bindings = new Map();
        const fits = assignable(yes, no, bindings) || assignable(no, yes, bindings);
        if (!assignable(condition, bool, new Map()) || !fits) {
          return this.#mismatch(node, node.name, undefined, [condition, yes, no]);
        }
        return yes.is === 'any' || isSimple(yes, 'null_type') || isOpen(yes) ? no : yes;
      }
      default:
        return undefined;
    }
  }

  #mismatch(node: Expression, name: string, target: Type | undefined, args: readonly Type[]): Type {
    const list = args.map(typeText).join(', ');
    const applied = target === undefined ? `(${list})` : `${typeText(target)}.(${list})`;
    return this.#complain(node.at, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  #resolve(node: Expression, name: string, target: Type | undefined, args: readonly Type[]): Type {
    const found: Overload[] = [];
    let result: Type | undefined;
    for (const overload of this.#library.get(name) ?? []) {
      if ((overload.target === undefined) !== (target === undefined) || overload.args.length !== args.length) continue;
      const bindings: Bindings = new Map();
      const fits = (type: Type, wanted: Type): boolean => assignable(type, wanted, bindings);
      if (target !== undefined && overload.target !== undefined && !fits(target, overload.target)) continue;
      if (!args.every((type, index) => fits(type, overload.args[index] as Type))) continue;
      found.push(overload);
      const one = filled(overload.result, bindings);
      result = result === undefined || sameText(result, one) ? one : dyn;
    }
    if (result === undefined) return this.#mismatch(node, name, target, args);
    this.overloads.set(node.id, found);
    return result;
  }

  #comprehension(node: Extract<Expression, { is: 'comprehension' }>, scope: Scope): Type {
    const range = this.type(node.range, scope);
    const start = this.type(node.start, scope);
    const inner = new Map(scope);
    this.#iterate(node, range, inner);
    inner.set(node.result, start);
    if (node.condition.is !== 'literal' || node.condition.value !== false) {
      this.type(node.condition, inner);
      const step = this.type(node.step, inner);
      // an empty list at the start takes its type from what is added to it
      inner.set(node.result, isOpen(start) ? step : start);
      this.types.set(node.start.id, isOpen(start) ? step : start);
    } else {
      this.type(node.condition, inner);
      this.type(node.step, inner);
    }
    return this.type(node.end, inner);
  }

  #iterate(node: Extract<Expression, { is: 'comprehension' }>, range: Type, inner: Map<string, Type>): void {
    const [first = '', second] = node.variables;
    if (range.is === 'list') {
      inner.set(first, second === undefined ? range.item : int);
      if (second !== undefined) inner.set(second, range.item);
    } else if (range.is === 'map') {
      inner.set(first, range.key);
      if (second !== undefined) inner.set(second, range.value);
    } else {
      if (!isDyn(range) && range.is !== 'any') {
        const why = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.#complain(node.range.at, why);
      }
      for (const name of node.variables) inner.set(name, dyn);
    }
  }
}

function isOpen(type: Type): boolean {
  if (type.is === 'list') return type.item.is === 'any' || isOpen(type.item);
  return type.is === 'map' && type.key.is === 'any';
}

function sameText(a: Type, b: Type): boolean {
  return typeText(a) === typeText(b);
}

function literalType(value: unknown): Type {
  switch (typeof value) {
    case 'bigint':
      return int;
    case 'number':
      return double;
    case 'string':
      return string;
    case 'boolean':
      return bool;
    default:
      if (value === null) return nothing;
      return value instanceof Uint8Array ? bytes : uint;
  }
}

/** Checks an expression. What is wrong is told, and what is right is known. */
export function check(
  expression: Expression,
  declarations: Declarations,
): { checked: Checked; problems: readonly Problem[] } {
  const checker = new Checker(declarations);
  const result = checker.type(expression, declarations.variables);
  const { types, overloads, qualified, names, problems } = checker;
  return { checked: { expression, result, types, overloads, qualified, names }, problems };
}
