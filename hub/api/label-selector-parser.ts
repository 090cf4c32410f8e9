/** The parser of label selectors as text: `a=b,c in (d,e),!f`, with the error texts of Kubernetes. */
import { badRequest } from './errors.ts';
import { type LabelOperator, type Requirement, requirement } from './requirement.ts';

type Kind = 'end' | 'error' | 'identifier' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const symbols: ReadonlySet<string> = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const special = /[=!(),><]/;
const blank = /[ \t\r\n]/;

/** The longest symbol at `start`: `==` and `!=` before `=` and `!`. */
function symbolAt(text: string, start: number): string {
  const two = text.slice(start, start + 2);
  return symbols.has(two) ? two : text.slice(start, start + 1);
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (blank.test(char)) {
      at++;
      continue;
    }
    if (special.test(char)) {
      const symbol = symbolAt(text, at);
      tokens.push({ kind: symbol as Kind, text: symbol });
      at += symbol.length;
      continue;
    }
    const start = at;
    while (at < text.length && !special.test(text.charAt(at)) && !blank.test(text.charAt(at))) at++;
    const word = text.slice(start, at);
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
  }
  return tokens;
}

const end: Token = { kind: 'end', text: '' };
const operators: ReadonlyMap<Kind, LabelOperator> = new Map<Kind, LabelOperator>([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
]);
const context = 'unable to parse requirement: ';

/** Tokens with a place in them. `in` and `notin` are words except where an operator is due. */
class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token as it stands. */
  raw(): Token {
    return this.#tokens[this.#at++] ?? end;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  peek(): Token {
    const token = this.#tokens[this.#at] ?? end;
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }
}

function listed(cursor: Cursor): string[] {
  const values: string[] = [];
  for (;;) {
    const token = cursor.next();
    if (token.kind === 'identifier') {
      values.push(token.text);
      const after = cursor.peek();
      if (after.kind === ')') return values;
      if (after.kind !== ',') throw badRequest(`${context}found '${after.text}', expected: ',' or ')'`);
      continue;
    }
    if (token.kind !== ',') throw badRequest(`${context}found '${token.text}', expected: ',', or identifier`);
    // An empty place between commas or brackets stands for the empty value.
    if (values.length === 0) values.push('');
    const after = cursor.peek();
    if (after.kind === ')') return [...values, ''];
    if (after.kind === ',') {
      cursor.next();
      values.push('');
    }
  }
}

function valueSet(cursor: Cursor): string[] {
  const open = cursor.next();
  if (open.kind !== '(') throw badRequest(`${context}found '${open.text}' expected: '('`);
  const first = cursor.peek();
  if (first.kind === ')') {
    cursor.next();
    return [''];
  }
  if (first.kind !== 'identifier' && first.kind !== ',') {
    throw badRequest(`${context}found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values = listed(cursor);
  const close = cursor.next();
  if (close.kind !== ')') throw badRequest(`${context}found '${close.text}', expected: ')'`);
  return values;
}

function exactValue(cursor: Cursor): string[] {
  const ahead = cursor.peek().kind;
  if (ahead === 'end' || ahead === ',') return [''];
  const token = cursor.next();
  if (token.kind === 'identifier') return [token.text];
  throw badRequest(`${context}found '${token.text}', expected: identifier`);
}

function one(cursor: Cursor): Requirement {
  let token = cursor.next();
  const negated = token.kind === '!';
  if (negated) token = cursor.next();
  if (token.kind !== 'identifier') throw badRequest(`${context}found '${token.text}', expected: identifier`);
  const ahead = cursor.peek().kind;
  if (negated || ahead === 'end' || ahead === ',') {
    return requirement(token.text, negated ? '!' : 'exists', [], context);
  }
  const sign = cursor.raw();
  const operator = operators.get(sign.kind);
  if (operator === undefined) {
    requirement(token.text, 'exists', [], context);
    throw badRequest(`${context}found '${sign.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const values = operator === 'in' || operator === 'notin' ? valueSet(cursor) : exactValue(cursor);
  return requirement(token.text, operator, values, context);
}

/** The requirements in `text`; throws BadRequest. */
export function parseRequirements(text: string): Requirement[] {
  const cursor = new Cursor(scan(text));
  const found: Requirement[] = [];
  for (;;) {
    const ahead = cursor.peek();
    if (ahead.kind === 'end') return found;
    if (ahead.kind !== 'identifier' && ahead.kind !== '!') {
      throw badRequest(`found '${ahead.text}', expected: !, identifier, or 'end of string'`);
    }
    found.push(one(cursor));
    const token = cursor.next();
    if (token.kind === 'end') return found;
    if (token.kind !== ',') throw badRequest(`found '${token.text}', expected: ',' or 'end of string'`);
    const after = cursor.peek();
    if (after.kind !== 'identifier' && after.kind !== '!') {
      throw badRequest(`found '${after.text}', expected: identifier after ','`);
    }
  }
}
