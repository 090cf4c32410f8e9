/** What an expression may cost at most, from the sizes its values can have. API: as cel-go estimates it for Kubernetes. */
import { type Overload, plus, product, type Range } from './library/overload.ts';
import type { Checked } from './check.ts';
import type { Expression } from './syntax/ast.ts';
import { isSimple, type Type } from './types/type.ts';
import { characters } from './types/value.ts';

const nothing: Range = { min: 0, max: 0 };
const one: Range = { min: 1, max: 1 };
const unbounded: Range = { min: 0, max: Infinity };

const listBase: Range = { min: 10, max: 10 };
const mapBase: Range = { min: 30, max: 30 };
const structBase: Range = { min: 40, max: 40 };

const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });

/** A way from the value rules are about to one inside: names of fields and the steps below. */
type Path = readonly string[];
const itemStep = '@items';
const keyStep = '@keys';
const valueStep = '@values';

interface Variable {
  readonly path?: Path | undefined;
  readonly type?: Type | undefined;
  readonly size?: Range | undefined;
}

class Estimator {
  readonly #checked: Checked;
  readonly #root: Type | undefined;
  readonly #sizes = new Map<number, Range>();
  /** The variables of walks. */
  readonly #variables = new Map<string, Variable>();

  constructor(checked: Checked, root: Type | undefined) {
    this.#checked = checked;
    this.#root = root;
  }

  cost(node: Expression): Range {
    switch (node.is) {
      case 'literal':
        return nothing;
      case 'name':
        return one;
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return node.items.reduce((sum, item) => plus(sum, this.cost(item)), listBase);
      case 'map':
        return node.entries.reduce((sum, { key, value }) => plus(plus(sum, this.cost(key)), this.cost(value)), mapBase);
      case 'struct':
        return node.entries.reduce((sum, { value }) => plus(sum, this.cost(value)), structBase);
      case 'comprehension':
        return this.#comprehension(node);
    }
  }

  #select(node: Extract<Expression, { is: 'select' }>): Range {
    const operand = this.cost(node.operand);
    return node.test ? operand : plus(operand, one);
  }

  #call(node: Extract<Expression, { is: 'call' }>): Range {
    const { args } = node;
    const costs = args.map((arg) => this.cost(arg));
    const all = costs.reduce(plus, nothing);
    const [first = nothing, second = nothing, third = nothing] = costs;
    if (node.name === 'dyn' && args[0] !== undefined) {
      this.#sizes.set(node.id, this.#size(args[0]));
      return plus(first, one);
    }
    if (node.name === '_&&_' || node.name === '_||_') return { min: first.min, max: first.max + second.max };
    if (node.name === '_?_:_') {
      this.#sizes.set(node.id, union(this.#size(args[1]), this.#size(args[2])));
      return plus(first, union(second, third));
    }
    const overloads = this.#checked.overloads.get(node.id) ?? [];
    const qualified = this.#checked.qualified.has(node.id);
    const target = qualified || node.target === undefined ? undefined : node.target;
    const before = target === undefined ? all : plus(this.cost(target), all);
    const sizes = (target === undefined ? args : [target, ...args]).map((arg) => this.#size(arg));
    const estimates = overloads.map((overload) => this.#estimate(overload, sizes));
    if (estimates.length === 0) return plus(before, one);
    const sized = estimates.flatMap(({ size }) => (size === undefined ? [] : [size]));
    if (sized.length > 0) this.#sizes.set(node.id, sized.reduce(union));
    return plus(before, estimates.map(({ cost }) => cost).reduce(union));
  }

  #estimate(overload: Overload, sizes: readonly Range[]): { cost: Range; size?: Range } {
    return overload.estimate?.(sizes) ?? { cost: one };
  }

  #size(node: Expression | undefined): Range {
    if (node === undefined) return unbounded;
    const known = this.#sizes.get(node.id) ?? ownSize(node);
    if (known !== undefined) return known;
    const path = this.#root === undefined ? undefined : this.#path(node);
    const reached = path === undefined ? undefined : typeAt(this.#root, path)?.most;
    if (reached !== undefined) return { min: 0, max: reached };
    const variable = node.is === 'name' ? this.#variables.get(node.name) : undefined;
    const type = variable?.type ?? this.#checked.types.get(node.id);
    return variable?.size ?? (type === undefined ? unbounded : sizeOfType(type));
  }

  /**
   * Where a value is found; undefined for what is worked out. API: of a way the first step is never looked at, be it the
   * name of a type, or a field or an item of a value that was worked out: it leads to the value rules are about.
   */
  #path(node: Expression): Path | undefined {
    if (node.is === 'name') {
      const variable = this.#variables.get(node.name);
      return variable === undefined ? [node.name] : variable.path;
    }
    if (node.is === 'select') return node.test ? undefined : [...(this.#path(node.operand) ?? []), node.field];
    const [container] = node.is === 'call' && node.name === '_[_]' ? node.args : [];
    if (container === undefined) return undefined;
    const step = this.#checked.types.get(container.id)?.is === 'list' ? itemStep : valueStep;
    return [...(this.#path(container) ?? []), step];
  }

  #comprehension(node: Extract<Expression, { is: 'comprehension' }>): Range {
    const range = this.cost(node.range);
    const start = this.cost(node.start);
    const count = this.#size(node.range);
    const shadowed = new Map(this.#variables);
    this.#iterate(node);
    this.#variables.set(node.result, {
      path: this.#path(node.start),
      type: this.#checked.types.get(node.start.id),
      size: this.#resultSize(node, count),
    });
    const loop = plus(this.cost(node.condition), this.cost(node.step));
    const end = this.cost(node.end);
    if (isCollecting(node)) this.#sizes.set(node.id, { min: 0, max: count.max });
    else this.#sizes.set(node.id, this.#size(node.end));
    this.#variables.clear();
    for (const [name, one] of shadowed) this.#variables.set(name, one);
    return plus(plus(plus(range, start), end), product(count, loop));
  }

  #iterate({ range, variables }: Extract<Expression, { is: 'comprehension' }>): void {
    const before = this.#path(range) ?? [];
    const isList = this.#checked.types.get(range.id)?.is === 'list';
    const [first = '', second] = variables;
    // nothing is known of the size of an index
    if (second === undefined) this.#variables.set(first, { path: [...before, isList ? itemStep : keyStep] });
    else {
      this.#variables.set(first, isList ? {} : { path: [...before, keyStep] });
      this.#variables.set(second, { path: [...before, isList ? itemStep : valueStep] });
    }
  }

  #resultSize(node: Extract<Expression, { is: 'comprehension' }>, count: Range): Range | undefined {
    if (isCollecting(node)) return { min: 0, max: count.max };
    return node.start.is === 'literal' ? one : this.#size(node.start);
  }
}

/** True for a walk that fills a list or a map; `cel.bind` is a walk over nothing that only names one. */
function isCollecting({ start, condition }: Extract<Expression, { is: 'comprehension' }>): boolean {
  if (condition.is === 'literal' && condition.value === false) return false;
  return start.is === 'list' || start.is === 'map';
}

/** The size that follows from what is written. */
function ownSize(node: Expression): Range | undefined {
  const exactly = (size: number): Range => ({ min: size, max: size });
  if (node.is === 'literal') {
    if (typeof node.value === 'string') return exactly(characters(node.value));
    return node.value instanceof Uint8Array ? exactly(node.value.length) : one;
  }
  if (node.is === 'list') return exactly(node.items.length);
  return node.is === 'map' ? exactly(node.entries.length) : undefined;
}

/** What one step leads to; undefined when it leads nowhere. */
function below(type: Type | undefined, step: string): Type | undefined {
  if (type?.is === 'object') return type.fields.get(step);
  if (type?.is === 'map' && step === keyStep) return type.key;
  if (step !== itemStep && step !== valueStep) return undefined;
  if (type?.is === 'list') return type.item;
  return type?.is === 'map' ? type.value : undefined;
}

/** What a path leads to from `root`; undefined when it leads nowhere. */
function typeAt(root: Type | undefined, [, ...steps]: Path): Type | undefined {
  return steps.reduce(below, root);
}

function sizeOfType(type: Type): Range {
  if (type.most !== undefined) return { min: 0, max: type.most };
  const scalar = isSimple(
    type,
    'bool',
    'int',
    'uint',
    'double',
    'google.protobuf.Timestamp',
    'google.protobuf.Duration',
  );
  return scalar ? one : unbounded;
}

/** The cost of an expression about a value of type `root`, least and most. */
export function estimateCost(checked: Checked, root: Type | undefined): Range {
  return new Estimator(checked, root).cost(checked.expression);
}
