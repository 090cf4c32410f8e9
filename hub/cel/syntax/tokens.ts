/** Cuts an expression into tokens. */
import type { Literal } from './ast.ts';
import { SyntaxProblem } from './problem.ts';

/** A token; `end` for the end of the text. */
export interface Token {
  readonly kind: 'name' | 'literal' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
  readonly value?: Literal;
}

const signs = [
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '.',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '?',
  ':',
  '+',
  '-',
  '*',
  '/',
  '%',
  '<',
  '>',
  '!',
];
const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

function unknownToken(at: number, text: string): SyntaxProblem {
  return new SyntaxProblem(at, `Syntax error: token recognition error at: '${text}'`);
}

class Cutter {
  readonly tokens: Token[] = [];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) break;
      this.tokens.push(this.#string() ?? this.#number() ?? this.#name() ?? this.#sign());
    }
    this.tokens.push({ kind: 'end', text: '<EOF>', at: this.#text.length });
    return this.tokens;
  }

  #skip(): void {
    const space = /^(?:\s+|\/\/[^\n]*)+/.exec(this.#text.slice(this.#at));
    if (space !== null) this.#at += space[0].length;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text) ?? undefined;
  }

  #number(): Token | undefined {
    const at = this.#at;
    const match = this.#take(
      /0x[0-9a-fA-F]+u?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?/y,
    );
    if (match === undefined) return undefined;
    const text = match[0];
    this.#at += text.length;
    return { kind: 'literal', text, at, value: numberOf(text, at) };
  }

  #name(): Token | undefined {
    const at = this.#at;
    const match = this.#take(/[A-Za-z_][A-Za-z0-9_]*/y);
    const quoted = match === undefined ? this.#take(/`([A-Za-z0-9_./ -]+)`/y) : undefined;
    if (quoted !== undefined) {
      this.#at += quoted[0].length;
      return { kind: 'name', text: quoted[1] ?? '', at };
    }
    if (match === undefined) return undefined;
    this.#at += match[0].length;
    const constants: Readonly<Record<string, Literal>> = { true: true, false: false, null: null };
    const value = Object.hasOwn(constants, match[0]) ? constants[match[0]] : undefined;
    if (value === undefined) return { kind: 'name', text: match[0], at };
    return { kind: 'literal', text: match[0], at, value };
  }

  #sign(): Token {
    const at = this.#at;
    const text = signs.find((sign) => this.#text.startsWith(sign, at));
    if (text === undefined) throw unknownToken(at, this.#text[at] ?? '');
    this.#at += text.length;
    return { kind: 'sign', text, at };
  }

  #string(): Token | undefined {
    const at = this.#at;
    const head = this.#take(/([rR]?[bB]?|[bB][rR])("""|'''|"|')/y);
    if (head === undefined) return undefined;
    const [whole, prefix = '', quote = ''] = head;
    const raw = /r/i.test(prefix);
    let end = at + whole.length;
    while (!this.#text.startsWith(quote, end)) {
      const char = this.#text[end];
      if (char === undefined || (quote.length === 1 && char === '\n')) throw unknownToken(at, this.#text.slice(at));
      end += char === '\\' && !raw ? 2 : 1;
    }
    const body = this.#text.slice(at + whole.length, end);
    this.#at = end + quote.length;
    const isBytes = /b/i.test(prefix);
    const text = raw ? body : unescaped(body, at, isBytes);
    const value = isBytes ? bytesOf(text, raw) : text;
    return { kind: 'literal', text: this.#text.slice(at, this.#at), at, value };
  }
}

/** In bytes a number stands for one byte, so text above it is coded as UTF-8 first. */
function bytesOf(text: string, raw: boolean): Uint8Array {
  return raw ? Buffer.from(text, 'utf8') : Buffer.from(text, 'latin1');
}

function unescaped(body: string, at: number, bytes: boolean): string {
  const form = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gs;
  const plain = (text: string): string => (bytes ? Buffer.from(text, 'utf8').toString('latin1') : text);
  let result = '';
  let last = 0;
  for (const match of body.matchAll(form)) {
    const [whole, x, bigX, u, bigU, octal, other] = match;
    result += plain(body.slice(last, match.index));
    last = match.index + whole.length;
    const code = x ?? bigX ?? u ?? bigU;
    if (code !== undefined || octal !== undefined) {
      const number = code === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(code, 16);
      if (number > 0x10_ff_ff) throw unknownToken(at, whole);
      result += String.fromCodePoint(number);
    } else if (other !== undefined && Object.hasOwn(escapes, other)) result += escapes[other];
    else throw unknownToken(at, whole);
  }
  return result + plain(body.slice(last));
}

function numberOf(text: string, at: number): Literal {
  if (/u$/i.test(text)) return { uint: bounded(BigInt(text.slice(0, -1)), 0n, 2n ** 64n - 1n, at, 'uint') };
  if (/^0x/.test(text) || /^\d+$/.test(text)) return bounded(BigInt(text), least, most + 1n, at, 'int');
  return Number(text);
}

function bounded(value: bigint, low: bigint, high: bigint, at: number, kind: string): bigint {
  if (value < low || value > high) throw new SyntaxProblem(at, `Syntax error: invalid ${kind} literal`);
  return value;
}

/** The tokens of an expression. Throws SyntaxProblem. */
export function cut(text: string): Token[] {
  return new Cutter(text).run();
}
