/** Regular expressions of RE2: what Kubernetes' patterns are written in. Matching takes time linear in the text. */
import { type Node, parseRegexp, RegexpFault } from './syntax.ts';

export { RegexpFault } from './syntax.ts';

/** One step of a program. `set` and `anchor` go on with the next one. */
type Step =
  | { readonly do: 'set'; readonly has: (code: number) => boolean }
  | { readonly do: 'anchor'; readonly at: Extract<Node, { is: 'anchor' }>['at'] }
  | { readonly do: 'split'; first: number; second: number }
  | { readonly do: 'jump'; to: number }
  | { readonly do: 'match' };

/** More steps than this are refused: counted repetitions multiply. */
const longest = 20_000;

class Compiler {
  readonly steps: Step[] = [];

  add(node: Node): void {
    if (this.steps.length > longest) throw new RegexpFault('error parsing regexp: expression too large');
    switch (node.is) {
      case 'empty':
        return;
      case 'set':
        this.steps.push({ do: 'set', has: memberOf(node) });
        return;
      case 'anchor':
        this.steps.push({ do: 'anchor', at: node.at });
        return;
      case 'sequence':
        for (const part of node.parts) this.add(part);
        return;
      case 'choice':
        this.#choice(node.parts);
        return;
      case 'repeat':
        this.#repeat(node);
    }
  }

  #choice(parts: readonly Node[]): void {
    const ends: { do: 'jump'; to: number }[] = [];
    parts.forEach((part, index) => {
      if (index === parts.length - 1) {
        this.add(part);
        return;
      }
      const split = { do: 'split' as const, first: this.steps.length + 1, second: 0 };
      this.steps.push(split);
      this.add(part);
      const end = { do: 'jump' as const, to: 0 };
      this.steps.push(end);
      ends.push(end);
      split.second = this.steps.length;
    });
    for (const end of ends) end.to = this.steps.length;
  }

  #repeat({ part, least, most, lazy }: Extract<Node, { is: 'repeat' }>): void {
    for (let count = 0; count < least; count += 1) this.add(part);
    if (most === Infinity) {
      const start = this.steps.length;
      const split = this.#split(lazy);
      this.add(part);
      this.steps.push({ do: 'jump', to: start });
      this.#skip(split, lazy);
      return;
    }
    const splits: { first: number; second: number }[] = [];
    for (let count = least; count < most; count += 1) {
      splits.push(this.#split(lazy));
      this.add(part);
    }
    for (const split of splits) this.#skip(split, lazy);
  }

  /** A choice between going on and leaving; where leaving leads to is filled in by `#skip`. */
  #split(lazy: boolean): { first: number; second: number } {
    const next = this.steps.length + 1;
    const split = { do: 'split' as const, first: lazy ? 0 : next, second: lazy ? next : 0 };
    this.steps.push(split);
    return split;
  }

  #skip(split: { first: number; second: number }, lazy: boolean): void {
    if (lazy) split.first = this.steps.length;
    else split.second = this.steps.length;
  }
}

function memberOf({ ranges, negated, fold }: Extract<Node, { is: 'set' }>): (code: number) => boolean {
  const inside = (code: number): boolean => {
    for (let at = 0; at < ranges.length; at += 2) {
      if (code >= (ranges[at] as number) && code <= (ranges[at + 1] as number)) return true;
    }
    return false;
  };
  if (!fold) return (code) => inside(code) !== negated;
  return (code) => {
    const char = String.fromCodePoint(code);
    const other = (text: string): boolean => inside(text.codePointAt(0) ?? code);
    return (inside(code) || other(char.toLowerCase()) || other(char.toUpperCase())) !== negated;
  };
}

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

/** Where a match is, in code points. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/** One way to match: where it is in the program, and where in the text it began. */
interface Thread {
  readonly at: number;
  readonly start: number;
}

/** A compiled expression; keeps nothing between calls. */
export class Regexp {
  readonly source: string;
  readonly #steps: readonly Step[];

  /** Throws RegexpFault with Go's words for what is no expression. */
  constructor(source: string) {
    this.source = source;
    const compiler = new Compiler();
    compiler.add(parseRegexp(source));
    compiler.steps.push({ do: 'match' });
    this.#steps = compiler.steps;
  }

  /** True when the expression matches somewhere in `text`. */
  test(text: string): boolean {
    return this.#run(codesOf(text), 0, true) !== undefined;
  }

  /** The leftmost match at or after `from`, both in code points. */
  find(codes: readonly number[], from = 0): Match | undefined {
    return this.#run(codes, from, false);
  }

  #run(codes: readonly number[], from: number, any: boolean): Match | undefined {
    let threads: Thread[] = [];
    let found: Match | undefined;
    const seen = new Int32Array(this.#steps.length).fill(-1);
    for (let position = from; position <= codes.length; position += 1) {
      const ready: Thread[] = [];
      for (const { at, start } of threads) this.#follow(at, start, codes, position, seen, ready);
      if (found === undefined) this.#follow(0, position, codes, position, seen, ready);
      const { next, matched } = this.#advance(ready, codes[position]);
      threads = next;
      if (matched !== undefined) found = { start: matched, end: position };
      if (found !== undefined && (any || threads.length === 0)) return found;
    }
    return found;
  }

  /** Threads after one character, and where the match began that the first of them to end has found. */
  #advance(ready: readonly Thread[], code: number | undefined): { next: Thread[]; matched: number | undefined } {
    const next: Thread[] = [];
    for (const { at, start } of ready) {
      const step = this.#steps[at] as Step;
      if (step.do === 'match') return { next, matched: start };
      if (step.do === 'set' && code !== undefined && step.has(code)) next.push({ at: at + 1, start });
    }
    return { next, matched: undefined };
  }

  /** Adds the steps that `at` leads to without a character, in order of preference. */
  #follow(
    first: number,
    start: number,
    codes: readonly number[],
    position: number,
    seen: Int32Array,
    ready: Thread[],
  ): void {
    const stack = [first];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen[at] === position) continue;
      seen[at] = position;
      const step = this.#steps[at] as Step;
      if (step.do === 'jump') stack.push(step.to);
      else if (step.do === 'split') stack.push(step.second, step.first);
      else if (step.do === 'anchor') {
        if (holds(step.at, codes, position)) stack.push(at + 1);
      } else ready.push({ at, start });
    }
  }
}

/** The code points of a text. */
export function codesOf(text: string): number[] {
  return Array.from(text, (char) => char.codePointAt(0) ?? 0);
}

function holds(anchor: Extract<Node, { is: 'anchor' }>['at'], codes: readonly number[], position: number): boolean {
  const before = codes[position - 1];
  const after = codes[position];
  switch (anchor) {
    case 'text-start':
      return before === undefined;
    case 'text-end':
      return after === undefined;
    case 'line-start':
      return before === undefined || before === 10;
    case 'line-end':
      return after === undefined || after === 10;
    default: {
      const edge = (before !== undefined && isWord(before)) !== (after !== undefined && isWord(after));
      return edge === (anchor === 'word');
    }
  }
}
