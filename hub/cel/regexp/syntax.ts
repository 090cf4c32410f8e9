/** RE2 syntax, read as Go's regexp reads it; what Go refuses is refused in its words. */
import { classEscape, namedClass, type Ranges, unicodeClass } from './classes.ts';

/** A part of an expression. */
export type Node =
  | { readonly is: 'empty' }
  /** One character in (or, negated, outside) these ranges of code points. */
  | { readonly is: 'set'; readonly ranges: Ranges; readonly negated: boolean; readonly fold: boolean }
  | { readonly is: 'anchor'; readonly at: 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'no-word' }
  | { readonly is: 'sequence'; readonly parts: readonly Node[] }
  | { readonly is: 'choice'; readonly parts: readonly Node[] }
  | {
      readonly is: 'repeat';
      readonly part: Node;
      readonly least: number;
      readonly most: number;
      readonly lazy: boolean;
    };

/** Why a text is no expression: Go's sentence without its beginning. */
export class RegexpFault extends Error {}

const largestRepeat = 1000;
const deepest = 250;
const newline = 10;

interface Flags {
  fold: boolean;
  lines: boolean;
  dotAll: boolean;
  lazy: boolean;
}

function fault(code: string, text: string): RegexpFault {
  return new RegexpFault(`error parsing regexp: ${code}: \`${text}\``);
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #flags: Flags = { fold: false, lines: false, dotAll: false, lazy: false };

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw fault('unexpected )', this.#text);
    return node;
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #choice(): Node {
    this.#depth += 1;
    if (this.#depth > deepest) throw fault('expression nests too deeply', this.#text);
    const kept = { ...this.#flags };
    const parts = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      parts.push(this.#sequence());
    }
    this.#flags = kept;
    this.#depth -= 1;
    return parts.length === 1 ? (parts[0] as Node) : { is: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    let repeated: number | undefined;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      if (char === '|' || char === ')') break;
      const start = this.#at;
      const count = this.#repetition();
      if (count === undefined) {
        this.#piece(parts);
        repeated = undefined;
        continue;
      }
      const part = parts.pop();
      const written = this.#text.slice(start, this.#at);
      if (part === undefined) throw fault('missing argument to repetition operator', written);
      if (repeated !== undefined)
        throw fault('invalid nested repetition operator', this.#text.slice(repeated, this.#at));
      parts.push({ is: 'repeat', part, ...count });
      repeated = start;
    }
    return parts.length === 1 ? (parts[0] as Node) : { is: 'sequence', parts };
  }

  /** A repetition operator at this place; undefined when there is none, and nothing is taken then. */
  #repetition(): { least: number; most: number; lazy: boolean } | undefined {
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 24));
    let least = 0;
    let most = Infinity;
    switch (this.#text[this.#at]) {
      case '*':
        break;
      case '+':
        least = 1;
        break;
      case '?':
        most = 1;
        break;
      case '{':
        if (counted === null) return undefined;
        least = Number(counted[1]);
        most = counted[2] === undefined ? least : counted[3] === '' ? Infinity : Number(counted[3]);
        break;
      default:
        return undefined;
    }
    const written = this.#text[this.#at] === '{' ? (counted as RegExpExecArray)[0] : (this.#text[this.#at] as string);
    if (least > largestRepeat || (most !== Infinity && (most > largestRepeat || most < least))) {
      throw fault('invalid repeat count', written);
    }
    this.#at += written.length;
    const lazy = this.#text[this.#at] === '?';
    if (lazy) this.#at += 1;
    return { least, most, lazy: lazy !== this.#flags.lazy };
  }

  #piece(parts: Node[]): void {
    switch (this.#text[this.#at]) {
      case '(':
        this.#group(parts);
        return;
      case '[':
        parts.push(this.#bracket());
        return;
      case '.':
        this.#at += 1;
        parts.push({ is: 'set', ranges: this.#flags.dotAll ? [] : [newline, newline], negated: true, fold: false });
        return;
      case '^':
        this.#at += 1;
        parts.push({ is: 'anchor', at: this.#flags.lines ? 'line-start' : 'text-start' });
        return;
      case '$':
        this.#at += 1;
        parts.push({ is: 'anchor', at: this.#flags.lines ? 'line-end' : 'text-end' });
        return;
      case '\\':
        this.#escape(parts);
        return;
      default:
        parts.push(this.#literal(this.#next()));
    }
  }

  #literal(char: string): Node {
    const code = char.codePointAt(0) ?? 0;
    return { is: 'set', ranges: [code, code], negated: false, fold: this.#flags.fold };
  }

  #group(parts: Node[]): void {
    const start = this.#at;
    const named = /^\(\?P?<([^>]*)>/.exec(this.#rest());
    let outer: Flags | undefined;
    if (named !== null && !/^\(\?<[=!]/.test(this.#rest())) {
      if (!/^\w+$/.test(named[1] ?? '')) throw fault('invalid named capture', named[0]);
      this.#at += named[0].length;
    } else if (this.#text.startsWith('(?', this.#at)) {
      const flags = /^\(\?([imsU]*)(-[imsU]+)?([:)])/.exec(this.#rest());
      if (flags === null) throw fault('invalid or unsupported Perl syntax', this.#unsupported());
      const before = { ...this.#flags };
      this.#set(flags[1] ?? '', true);
      this.#set((flags[2] ?? '').slice(1), false);
      this.#at += flags[0].length;
      if (flags[3] === ')') return;
      outer = before;
    } else this.#at += 1;
    const inside = this.#choice();
    if (this.#text[this.#at] !== ')') throw fault('missing closing )', this.#text);
    this.#at += 1;
    if (outer !== undefined) this.#flags = outer;
    if (start >= 0) parts.push(inside);
  }

  #unsupported(): string {
    const rest = this.#rest();
    if (/^\(\?<[=!]/.test(rest)) return rest.slice(0, 4);
    return rest.slice(0, 3);
  }

  #set(letters: string, on: boolean): void {
    for (const letter of letters) {
      if (letter === 'i') this.#flags.fold = on;
      else if (letter === 'm') this.#flags.lines = on;
      else if (letter === 's') this.#flags.dotAll = on;
      else this.#flags.lazy = on;
    }
  }

  #escape(parts: Node[]): void {
    const letter = this.#text[this.#at + 1];
    if (letter === undefined) throw fault('trailing backslash at end of expression', '');
    const anchors = { A: 'text-start', z: 'text-end', b: 'word', B: 'no-word' } as const;
    if (letter in anchors) {
      this.#at += 2;
      parts.push({ is: 'anchor', at: anchors[letter as keyof typeof anchors] });
      return;
    }
    if (letter === 'Q') {
      const end = this.#text.indexOf('\\E', this.#at + 2);
      const quoted = end < 0 ? this.#text.slice(this.#at + 2) : this.#text.slice(this.#at + 2, end);
      this.#at = end < 0 ? this.#text.length : end + 2;
      for (const char of quoted) parts.push(this.#literal(char));
      return;
    }
    const known = this.#classAt();
    if (known !== undefined) parts.push({ is: 'set', ...known, fold: this.#flags.fold });
    else parts.push(this.#literal(String.fromCodePoint(this.#escaped())));
  }

  /** `\d`, `\pL`, `\p{Greek}` at this place. */
  #classAt(): { ranges: Ranges; negated: boolean } | undefined {
    const perl = classEscape(this.#text[this.#at + 1] ?? '');
    if (perl !== undefined) {
      this.#at += 2;
      return perl;
    }
    const property = /^\\([pP])(?:\{(\^?)(\w+)\}|([A-Za-z]))/.exec(this.#rest());
    if (property === null) {
      if (/^\\[pP]/.test(this.#rest())) throw fault('invalid character class range', this.#rest().slice(0, 3));
      return undefined;
    }
    const [written, letter, caret, long, short] = property;
    const ranges = unicodeClass(long ?? short ?? '');
    if (ranges === undefined) throw fault('invalid character class range', written);
    this.#at += written.length;
    return { ranges, negated: (letter === 'P') !== (caret === '^') };
  }

  /** The code point of an escape that stands for one character. */
  #escaped(): number {
    const rest = this.#rest();
    const hex = /^\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest) ?? undefined;
    const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? undefined;
    const number = hex === undefined ? undefined : Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    if (hex !== undefined && number !== undefined && number <= 0x10_ff_ff) {
      this.#at += hex[0].length;
      return number;
    }
    if (octal !== undefined) {
      this.#at += octal[0].length;
      return Number.parseInt(octal[1] ?? '', 8);
    }
    const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: newline, r: 13, v: 11 };
    const letter = rest[1] ?? '';
    const code = controls[letter] ?? (/^[!-/:-@[-`{-~]$/.test(letter) ? letter.charCodeAt(0) : undefined);
    if (code === undefined) throw fault('invalid escape sequence', rest.slice(0, 2));
    this.#at += 2;
    return code;
  }

  #bracket(): Node {
    const start = this.#at;
    this.#at += 1;
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at += 1;
    const ranges: number[] = [];
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw fault('missing closing ]', this.#text.slice(start));
      this.#member(ranges, start);
    }
    this.#at += 1;
    // what is not in the set may be a newline too, as in Go without its ClassNL flag turned off
    return { is: 'set', ranges, negated, fold: this.#flags.fold };
  }

  #member(ranges: number[], start: number): void {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.#rest());
    if (posix !== null) {
      const known = namedClass(posix[2] ?? '', posix[1] === '^');
      if (known === undefined) throw fault('invalid character class range', posix[0]);
      ranges.push(...known);
      this.#at += posix[0].length;
      return;
    }
    const from = this.#at;
    if (this.#text[from] === '\\') {
      const known = this.#classAt();
      if (known !== undefined) {
        ranges.push(...(known.negated ? complement(known.ranges) : known.ranges));
        return;
      }
    }
    const low = this.#single(start);
    let high = low;
    if (this.#text[this.#at] === '-' && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== ']') {
      this.#at += 1;
      high = this.#single(start);
      if (high < low) throw fault('invalid character class range', this.#text.slice(from, this.#at));
    }
    ranges.push(low, high);
  }

  #single(start: number): number {
    if (this.#at >= this.#text.length) throw fault('missing closing ]', this.#text.slice(start));
    return this.#text[this.#at] === '\\' ? this.#escaped() : (this.#next().codePointAt(0) ?? 0);
  }
}

/** What is outside of ranges. */
function complement(ranges: Ranges): number[] {
  const pairs: [number, number][] = [];
  for (let at = 0; at < ranges.length; at += 2) pairs.push([ranges[at] as number, ranges[at + 1] as number]);
  pairs.sort((a, b) => a[0] - b[0]);
  const outside: number[] = [];
  let next = 0;
  for (const [low, high] of pairs) {
    if (low > next) outside.push(next, low - 1);
    next = Math.max(next, high + 1);
  }
  if (next <= 0x10_ff_ff) outside.push(next, 0x10_ff_ff);
  return outside;
}

/** Reads an expression. Throws RegexpFault. */
export function parseRegexp(text: string): Node {
  return new Reader(text).whole();
}
