/** JSON as Go reads it: the error texts that Kubernetes clients know, and a bound on nesting. */

/** How deep bodies may nest: more than any schema needs, few enough for recursive code. */
export const maxDepth = 512;

const blank = /[ \t\r\n]/;
const hex = /[0-9a-fA-F]/;
const digit = /[0-9]/;
const words: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const unexpectedEnd = 'unexpected end of JSON input';

class SyntaxStop extends Error {}

/** A character as Go quotes it. */
function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}

/** Walks JSON text and stops with Go's text at the first character that is wrong. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): void {
    this.#value(0);
    this.#blanks();
    if (this.#at < this.#text.length) this.#stop('after top-level value');
  }

  #stop(where: string): never {
    if (this.#at >= this.#text.length) throw new SyntaxStop(unexpectedEnd);
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    throw new SyntaxStop(`invalid character ${quoted(char)} ${where}`);
  }

  #blanks(): void {
    while (this.#at < this.#text.length && blank.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #peek(): string {
    this.#blanks();
    return this.#text.charAt(this.#at);
  }

  #value(depth: number): void {
    const char = this.#peek();
    if (depth > maxDepth) throw new SyntaxStop('exceeded max depth');
    if (char === '{') this.#object(depth);
    else if (char === '[') this.#array(depth);
    else if (char === '"') this.#string();
    else if (char === '-' || digit.test(char)) this.#number();
    else this.#word(char);
  }

  #word(char: string): void {
    const word = words[char] ?? this.#stop('looking for beginning of value');
    for (const wanted of word) {
      if (this.#text.charAt(this.#at) !== wanted) this.#stop(`in literal ${word} (expecting '${wanted}')`);
      this.#at++;
    }
  }

  #digits(where: string): void {
    if (!digit.test(this.#text.charAt(this.#at))) this.#stop(where);
    while (digit.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #number(): void {
    if (this.#text.charAt(this.#at) === '-') this.#at++;
    if (this.#text.charAt(this.#at) === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text.charAt(this.#at) === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text.charAt(this.#at))) {
      this.#at++;
      if (/[+-]/.test(this.#text.charAt(this.#at))) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === '' || char < ' ') this.#stop('in string literal');
      this.#at++;
      if (char === '"') return;
      if (char === '\\') this.#escape();
    }
  }

  #escape(): void {
    const char = this.#text.charAt(this.#at);
    if (!/["\\/bfnrtu]/.test(char) || char === '') this.#stop('in string escape code');
    this.#at++;
    if (char !== 'u') return;
    for (let count = 0; count < 4; count++) {
      if (!hex.test(this.#text.charAt(this.#at))) this.#stop('in \\u hexadecimal character escape');
      this.#at++;
    }
  }

  #array(depth: number): void {
    this.#at++;
    if (this.#peek() === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value(depth + 1);
      const char = this.#peek();
      if (char !== ',' && char !== ']') this.#stop('after array element');
      this.#at++;
      if (char === ']') return;
    }
  }

  #object(depth: number): void {
    this.#at++;
    if (this.#peek() === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      if (this.#peek() !== '"') this.#stop('looking for beginning of object key string');
      this.#string();
      if (this.#peek() !== ':') this.#stop('after object key');
      this.#at++;
      this.#value(depth + 1);
      const char = this.#peek();
      if (char !== ',' && char !== '}') this.#stop('after object key:value pair');
      this.#at++;
      if (char === '}') return;
    }
  }
}

/** What Go's encoding/json says about `text`; empty when it is JSON. For text that JSON.parse refused: it is not fast. */
export function jsonSyntaxError(text: string): string {
  try {
    new Scanner(text).whole();
    return '';
  } catch (error) {
    if (error instanceof SyntaxStop) return error.message;
    throw error;
  }
}

/** True when lists and objects in `value` nest deeper than `limit`. */
export function deeperThan(value: unknown, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (limit <= 0) return true;
  for (const part of Object.values(value)) {
    if (part !== null && typeof part === 'object' && deeperThan(part, limit - 1)) return true;
  }
  return false;
}

/** What Go calls the type of a JSON value. */
export function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}

/** A decoded JSON value as Go's %v prints it: `map[a:1 b:[x y]]`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `map[${entries.map(([key, part]) => `${key}:${goValue(part)}`).join(' ')}]`;
}
