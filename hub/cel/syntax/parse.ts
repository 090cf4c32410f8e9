/** Reads expressions: precedence as in the CEL specification, macros expanded on the way. */
import type { Expression } from './ast.ts';
import { expandMacro } from './macros.ts';
import { SyntaxProblem } from './problem.ts';
import { reservedWords } from './reserved.ts';
import { cut, type Token } from './tokens.ts';

/** Nesting beyond this is refused. */
const deepest = 200;
/** Longer texts are refused. */
const longest = 100_000;

const expected =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const relations = ['==', '!=', '<', '<=', '>', '>=', 'in'];

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #id = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = cut(text);
  }

  whole(): Expression {
    const expression = this.expression();
    if (this.#peek.kind !== 'end') throw this.#unexpected(`extraneous input '${this.#peek.text}' expecting <EOF>`);
    return expression;
  }

  get #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #is(text: string): boolean {
    const token = this.#peek;
    return token.text === text && (token.kind === 'sign' || token.kind === 'name');
  }

  #accept(text: string): Token | undefined {
    if (!this.#is(text)) return undefined;
    const token = this.#peek;
    this.#next += 1;
    return token;
  }

  #expect(text: string): Token {
    const token = this.#accept(text);
    if (token !== undefined) return token;
    const { kind, text: found } = this.#peek;
    throw this.#unexpected(
      kind === 'end' ? `missing '${text}' at '<EOF>'` : `mismatched input '${found}' expecting '${text}'`,
    );
  }

  #unexpected(message: string): SyntaxProblem {
    return new SyntaxProblem(this.#peek.at, `Syntax error: ${message}`);
  }

  readonly id = (): number => {
    this.#id += 1;
    return this.#id;
  };

  call(at: number, name: string, args: readonly Expression[], target?: Expression): Expression {
    return { is: 'call', id: this.id(), at, name, target, args };
  }

  expression(): Expression {
    this.#depth += 1;
    if (this.#depth > deepest) throw new SyntaxProblem(this.#peek.at, 'expression recursion limit exceeded: 250');
    const condition = this.#or();
    const mark = this.#accept('?');
    if (mark === undefined) {
      this.#depth -= 1;
      return condition;
    }
    const yes = this.#or();
    this.#expect(':');
    const no = this.expression();
    this.#depth -= 1;
    return this.call(mark.at, '_?_:_', [condition, yes, no]);
  }

  #or(): Expression {
    return this.#chain('||', '_||_', () => this.#chain('&&', '_&&_', () => this.#relation()));
  }

  #chain(sign: string, name: string, inner: () => Expression): Expression {
    let left = inner();
    for (let token = this.#accept(sign); token !== undefined; token = this.#accept(sign)) {
      left = this.call(token.at, name, [left, inner()]);
    }
    return left;
  }

  #relation(): Expression {
    let left = this.#sum();
    for (;;) {
      const token = this.#peek;
      const known = token.kind !== 'literal' && relations.includes(token.text);
      if (!known) return left;
      this.#next += 1;
      const name = token.text === 'in' ? '@in' : `_${token.text}_`;
      left = this.call(token.at, name, [left, this.#sum()]);
    }
  }

  #sum(): Expression {
    return this.#operators(['+', '-'], () => this.#operators(['*', '/', '%'], () => this.#unary()));
  }

  #operators(known: readonly string[], inner: () => Expression): Expression {
    let left = inner();
    while (this.#peek.kind === 'sign' && known.includes(this.#peek.text)) {
      const { text, at } = this.#peek;
      this.#next += 1;
      left = this.call(at, `_${text}_`, [left, inner()]);
    }
    return left;
  }

  #unary(): Expression {
    const token = this.#peek;
    const sign = token.kind === 'sign' && (token.text === '!' || token.text === '-') ? token.text : undefined;
    if (sign === undefined) return this.#member();
    let count = 0;
    while (this.#accept(sign) !== undefined) count += 1;
    const literal = this.#peek;
    if (sign === '-' && count === 1 && literal.kind === 'literal' && /^[\d.]/.test(literal.text)) {
      return this.#member(-1);
    }
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.call(token.at, sign === '!' ? '!_' : '-_', [operand]);
  }

  #member(sign = 1): Expression {
    let operand = this.#primary(sign);
    for (;;) {
      const dot = this.#accept('.');
      const type = this.#is('{') ? qualifiedName(operand) : undefined;
      if (dot !== undefined) operand = this.#select(operand, dot.at);
      else if (type !== undefined) operand = this.#struct(type);
      else {
        const bracket = this.#accept('[');
        if (bracket === undefined) return operand;
        const optional = this.#accept('?') !== undefined;
        const index = this.expression();
        this.#expect(']');
        operand = this.call(bracket.at, optional ? '_[?_]' : '_[_]', [operand, index]);
      }
    }
  }

  #select(operand: Expression, at: number): Expression {
    const optional = this.#accept('?') !== undefined;
    const token = this.#peek;
    if (token.kind !== 'name') {
      throw this.#unexpected(
        token.kind === 'end'
          ? "no viable alternative at input '.'"
          : `mismatched input '${token.text}' expecting IDENTIFIER`,
      );
    }
    this.#next += 1;
    const open = optional ? undefined : this.#accept('(');
    if (open === undefined) {
      return { is: 'select', id: this.id(), at, operand, field: token.text, test: false, optional };
    }
    const args = this.#arguments(')');
    return (
      expandMacro(this, { at: open.at, name: token.text, target: operand, args }) ??
      this.call(open.at, token.text, args, operand)
    );
  }

  #arguments(end: string): Expression[] {
    const args: Expression[] = [];
    if (this.#accept(end) !== undefined) return args;
    do args.push(this.expression());
    while (this.#accept(',') !== undefined);
    this.#expect(end);
    return args;
  }

  #primary(sign: number): Expression {
    const token = this.#peek;
    if (token.kind === 'literal') return this.#literal(token, sign);
    if (token.kind === 'name' && token.text !== 'in') return this.#name(token);
    this.#next += 1;
    if (token.kind === 'sign') {
      switch (token.text) {
        case '(': {
          const inner = this.expression();
          this.#expect(')');
          return inner;
        }
        case '[':
          return this.#list(token.at);
        case '{':
          return this.#map(token.at);
        case '.':
          if (this.#peek.kind === 'name') return this.#name(this.#peek);
          break;
        default:
      }
    }
    this.#next -= 1;
    throw this.#unexpected(`mismatched input '${token.text}' expecting ${expected}`);
  }

  #literal(token: Token, sign: number): Expression {
    this.#next += 1;
    let { value = null } = token;
    if (sign < 0 && typeof value === 'bigint') value = -value;
    else if (sign < 0 && typeof value === 'number') value = -value;
    if (typeof value === 'bigint' && value > 2n ** 63n - 1n) {
      throw new SyntaxProblem(token.at, 'Syntax error: invalid int literal');
    }
    return { is: 'literal', id: this.id(), at: token.at, value };
  }

  #name(token: Token): Expression {
    this.#next += 1;
    if (reservedWords.has(token.text)) throw new SyntaxProblem(token.at, `reserved identifier: ${token.text}`);
    const open = this.#accept('(');
    if (open !== undefined) {
      const args = this.#arguments(')');
      return (
        expandMacro(this, { at: open.at, name: token.text, target: undefined, args }) ??
        this.call(open.at, token.text, args)
      );
    }
    return { is: 'name', id: this.id(), at: token.at, name: token.text };
  }

  #struct(name: string): Expression {
    const { at } = this.#peek;
    this.#expect('{');
    const entries: { field: string; value: Expression; optional: boolean }[] = [];
    while (this.#accept('}') === undefined) {
      const optional = this.#accept('?') !== undefined;
      const token = this.#peek;
      if (token.kind !== 'name') throw this.#unexpected(`mismatched input '${token.text}' expecting IDENTIFIER`);
      this.#next += 1;
      this.#expect(':');
      entries.push({ field: token.text, value: this.expression(), optional });
      if (this.#accept(',') === undefined) {
        this.#expect('}');
        break;
      }
    }
    return { is: 'struct', id: this.id(), at, name, entries };
  }

  #list(at: number): Expression {
    const items: Expression[] = [];
    const optional = new Set<number>();
    while (this.#accept(']') === undefined) {
      if (this.#accept('?') !== undefined) optional.add(items.length);
      items.push(this.expression());
      if (this.#accept(',') === undefined) {
        this.#expect(']');
        break;
      }
    }
    return { is: 'list', id: this.id(), at, items, optional };
  }

  #map(at: number): Expression {
    const entries: { key: Expression; value: Expression; optional: boolean }[] = [];
    while (this.#accept('}') === undefined) {
      const optional = this.#accept('?') !== undefined;
      const key = this.expression();
      this.#expect(':');
      entries.push({ key, value: this.expression(), optional });
      if (this.#accept(',') === undefined) {
        this.#expect('}');
        break;
      }
    }
    return { is: 'map', id: this.id(), at, entries };
  }
}

/** `a.b.c` as a name of a type; undefined for what is no chain of names. */
function qualifiedName(node: Expression): string | undefined {
  if (node.is === 'name') return node.name;
  if (node.is !== 'select' || node.test || node.optional) return undefined;
  const before = qualifiedName(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
}

/** The tree of an expression. Throws SyntaxProblem. */
export function parse(text: string): Expression {
  if (text.length > longest) {
    throw new SyntaxProblem(0, `expression code point size exceeds limit: size: ${text.length}, limit ${longest}`);
  }
  return new Parser(text).whole();
}
