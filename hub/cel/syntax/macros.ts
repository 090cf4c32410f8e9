/** Macros: calls that are rewritten before anything is known of types. */
import type { Comprehension, Expression } from './ast.ts';
import { SyntaxProblem } from './problem.ts';

/** What makes nodes. */
export interface Maker {
  id(): number;
  call(at: number, name: string, args: readonly Expression[], target?: Expression): Expression;
}

/** A call that may be a macro. */
export interface MacroCall {
  readonly at: number;
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

const result = '@result';

type Walk = Pick<Comprehension, 'range' | 'variables' | 'start' | 'condition' | 'step' | 'end'>;

class Macro {
  readonly #maker: Maker;
  readonly #at: number;

  constructor(maker: Maker, at: number) {
    this.#maker = maker;
    this.#at = at;
  }

  literal(value: boolean | bigint): Expression {
    return { is: 'literal', id: this.#maker.id(), at: this.#at, value };
  }

  name(name: string): Expression {
    return { is: 'name', id: this.#maker.id(), at: this.#at, name };
  }

  call(name: string, ...args: Expression[]): Expression {
    return this.#maker.call(this.#at, name, args);
  }

  list(...items: Expression[]): Expression {
    return { is: 'list', id: this.#maker.id(), at: this.#at, items, optional: new Set() };
  }

  map(): Expression {
    return { is: 'map', id: this.#maker.id(), at: this.#at, entries: [] };
  }

  walk(parts: Walk): Expression {
    return { is: 'comprehension', id: this.#maker.id(), at: this.#at, result, ...parts };
  }

  /** Goes on while `condition` is not known to be false. */
  quantifier(
    range: Expression,
    variables: readonly string[],
    how: 'all' | 'exists' | 'one',
    test: Expression,
  ): Expression {
    const accumulated = (): Expression => this.name(result);
    const whole = { range, variables };
    if (how === 'all') {
      return this.walk({
        ...whole,
        start: this.literal(true),
        condition: this.call('@not_strictly_false', accumulated()),
        step: this.call('_&&_', accumulated(), test),
        end: accumulated(),
      });
    }
    if (how === 'exists') {
      return this.walk({
        ...whole,
        start: this.literal(false),
        condition: this.call('@not_strictly_false', this.call('!_', accumulated())),
        step: this.call('_||_', accumulated(), test),
        end: accumulated(),
      });
    }
    return this.walk({
      ...whole,
      start: this.literal(0n),
      condition: this.literal(true),
      step: this.call('_?_:_', test, this.call('_+_', accumulated(), this.literal(1n)), accumulated()),
      end: this.call('_==_', accumulated(), this.literal(1n)),
    });
  }

  /** A list of what `value` is for each item that passes `test`. */
  collect(
    range: Expression,
    variables: readonly string[],
    test: Expression | undefined,
    value: Expression,
  ): Expression {
    const added = this.call('_+_', this.name(result), this.list(value));
    return this.walk({
      range,
      variables,
      start: this.list(),
      condition: this.literal(true),
      step: test === undefined ? added : this.call('_?_:_', test, added, this.name(result)),
      end: this.name(result),
    });
  }

  /** A map with the keys of the range and new values. */
  transformMap(
    range: Expression,
    variables: readonly string[],
    test: Expression | undefined,
    value: Expression,
  ): Expression {
    const added = this.call('@insert', this.name(result), this.name(variables[0] ?? ''), value);
    return this.walk({
      range,
      variables,
      start: this.map(),
      condition: this.literal(true),
      step: test === undefined ? added : this.call('_?_:_', test, added, this.name(result)),
      end: this.name(result),
    });
  }

  /** `body` with a name for `value`: a walk over nothing, whose end is the body. */
  bind(name: string, value: Expression, body: Expression): Expression {
    return {
      is: 'comprehension',
      id: this.#maker.id(),
      at: this.#at,
      range: this.list(),
      variables: ['@unused'],
      result: name,
      start: value,
      condition: this.literal(false),
      step: this.name(name),
      end: body,
    };
  }
}

function variable(expression: Expression | undefined): string {
  if (expression?.is === 'name') return expression.name;
  throw new SyntaxProblem(expression?.at ?? 0, 'argument is not an identifier');
}

const quantifiers: Readonly<Record<string, 'all' | 'exists' | 'one'>> = {
  all: 'all',
  exists: 'exists',
  exists_one: 'one',
  existsOne: 'one',
};

function receiverMacro(macro: Macro, { name, args }: MacroCall, target: Expression): Expression | undefined {
  const [a, b, c, d] = args;
  const how = Object.hasOwn(quantifiers, name) ? quantifiers[name] : undefined;
  if (how !== undefined && a !== undefined && b !== undefined && args.length <= 3) {
    if (c === undefined) return macro.quantifier(target, [variable(a)], how, b);
    return macro.quantifier(target, [variable(a), variable(b)], how, c);
  }
  if (a === undefined || b === undefined) return undefined;
  switch (`${name}/${args.length}`) {
    case 'map/2':
      return macro.collect(target, [variable(a)], undefined, b);
    case 'map/3':
      return macro.collect(target, [variable(a)], b, c as Expression);
    case 'filter/2':
      return macro.collect(target, [variable(a)], b, macro.name(variable(a)));
    case 'transformList/3':
      return macro.collect(target, [variable(a), variable(b)], undefined, c as Expression);
    case 'transformList/4':
      return macro.collect(target, [variable(a), variable(b)], c, d as Expression);
    case 'transformMap/3':
      return macro.transformMap(target, [variable(a), variable(b)], undefined, c as Expression);
    case 'transformMap/4':
      return macro.transformMap(target, [variable(a), variable(b)], c, d as Expression);
    case 'optMap/2':
    case 'optFlatMap/2':
      return optional(macro, target, variable(a), b, name === 'optMap');
    default:
      return undefined;
  }
}

/** The body of an optional value that is there, or nothing. */
function optional(macro: Macro, target: Expression, name: string, body: Expression, wraps: boolean): Expression {
  const value = macro.call('@value', target);
  const inside = macro.bind(name, value, body);
  const there = wraps ? macro.call('@of', inside) : inside;
  return macro.call('_?_:_', macro.call('@hasValue', target), there, macro.call('@none'));
}

/** What a call becomes when it is a macro; undefined when it is none. Throws SyntaxProblem. */
export function expandMacro(maker: Maker, call: MacroCall): Expression | undefined {
  const { at, name, target, args } = call;
  const macro = new Macro(maker, at);
  if (target === undefined) {
    if (name !== 'has' || args.length !== 1) return undefined;
    const [operand] = args;
    if (operand?.is !== 'select') throw new SyntaxProblem(at, 'invalid argument to has() macro');
    return { ...operand, id: maker.id(), at, test: true };
  }
  const isBind = name === 'bind' && target.is === 'name' && target.name === 'cel' && args.length === 3;
  if (isBind) return macro.bind(variable(args[0]), args[1] as Expression, args[2] as Expression);
  return receiverMacro(macro, call, target);
}
