/** Says what is wrong with a text that is no JSON, in the words of Go's encoding/json; only asked when parsing failed. */

const whitespace = new Set([' ', '\t', '\r', '\n']);
const endOfInput = 'unexpected end of JSON input';
const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** A character as Go quotes it. */
function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  const escaped = JSON.stringify(character).slice(1, -1);
  return `'${escaped}'`;
}

/** What nests deeper is refused by everybody; Go gives up at 10,000. */
const maxDepth = 1000;

class SyntaxFault extends Error {}

/** A recursive descent over the text that only looks for the first fault. */
class Checker {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): void {
    this.#value('looking for beginning of value');
    this.#skip();
    if (this.#at < this.#text.length) this.#fail('after top-level value');
  }

  #skip(): void {
    while (whitespace.has(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new SyntaxFault(endOfInput);
    return character;
  }

  #fail(context: string): never {
    throw new SyntaxFault(`invalid character ${quoted(this.#peek())} ${context}`);
  }

  #value(context: string): void {
    this.#skip();
    const first = this.#peek();
    if (first === '{' || first === '[') this.#inside(first);
    else if (first === '"') this.#string();
    else if (first === '-' || (first >= '0' && first <= '9')) this.#number();
    else if (literals[first] !== undefined) this.#literal(literals[first]);
    else this.#fail(context);
  }

  #inside(first: '{' | '['): void {
    if (++this.#depth > maxDepth) throw new SyntaxFault('exceeded max depth');
    if (first === '{') this.#object();
    else this.#list();
    this.#depth--;
  }

  #object(): void {
    this.#at++;
    this.#skip();
    if (this.#peek() === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#skip();
      if (this.#peek() !== '"') this.#fail('looking for beginning of object key string');
      this.#string();
      this.#skip();
      if (this.#peek() !== ':') this.#fail('after object key');
      this.#at++;
      this.#value('looking for beginning of value');
      this.#skip();
      const next = this.#peek();
      if (next === '}') break;
      if (next !== ',') this.#fail('after object key:value pair');
      this.#at++;
    }
    this.#at++;
  }

  #list(): void {
    this.#at++;
    this.#skip();
    if (this.#peek() === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value('looking for beginning of value');
      this.#skip();
      const next = this.#peek();
      if (next === ']') break;
      if (next !== ',') this.#fail('after array element');
      this.#at++;
    }
    this.#at++;
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#peek();
      if (character === '"') break;
      if (character < ' ') this.#fail('in string literal');
      this.#at++;
      if (character === '\\') this.#escape();
    }
    this.#at++;
  }

  #escape(): void {
    const character = this.#peek();
    if (!'bfnrtu"\\/'.includes(character)) this.#fail('in string escape code');
    this.#at++;
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(this.#peek())) this.#fail('in \\u hexadecimal character escape');
      this.#at++;
    }
  }

  #number(): void {
    if (this.#peek() === '-') this.#at++;
    if (this.#peek() === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(context: string): void {
    if (!/\d/.test(this.#peek())) this.#fail(context);
    while (/\d/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #literal(word: string): void {
    for (const character of word) {
      if (this.#peek() !== character) this.#fail(`in literal ${word} (expecting ${quoted(character)})`);
      this.#at++;
    }
  }
}

/** The first fault of `text`, which must not nest deeper than the stack allows; undefined when it is JSON. */
export function jsonFault(text: string): string | undefined {
  try {
    new Checker(text).check();
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
}
