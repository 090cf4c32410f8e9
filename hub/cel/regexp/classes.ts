/** Classes of characters by name, as ranges of code points: low and high in turns. */

/** Low, high, low, high … */
export type Ranges = readonly number[];

const spans = (text: string): number[] => [...text].map((char) => char.codePointAt(0) ?? 0);

const digit = spans('09');
const word = spans('09AZ__az');
const space = [9, 10, 12, 13, 32, 32];

/** `\d`, `\W` and the like. */
export function classEscape(letter: string): { ranges: Ranges; negated: boolean } | undefined {
  const ranges = { d: digit, w: word, s: space }[letter.toLowerCase()];
  return ranges === undefined ? undefined : { ranges, negated: letter !== letter.toLowerCase() };
}

const posix: Readonly<Record<string, Ranges>> = {
  alnum: spans('09AZaz'),
  alpha: spans('AZaz'),
  ascii: [0, 127],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit,
  graph: spans('!~'),
  lower: spans('az'),
  print: spans(' ~'),
  punct: spans('!/:@[`{~'),
  space: [9, 13, 32, 32],
  upper: spans('AZ'),
  word,
  xdigit: spans('09AFaf'),
};

/** `[:alpha:]`. */
export function namedClass(name: string, negated: boolean): Ranges | undefined {
  const ranges = Object.hasOwn(posix, name) ? posix[name] : undefined;
  if (ranges === undefined || !negated) return ranges;
  const outside: number[] = [];
  let next = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    if ((ranges[at] as number) > next) outside.push(next, (ranges[at] as number) - 1);
    next = (ranges[at + 1] as number) + 1;
  }
  outside.push(next, 0x10_ff_ff);
  return outside;
}

/** A memo: a class is a walk over all code points, and there are few of them. */
const known = new Map<string, Ranges>();

/** A general category or script of Unicode; undefined for one nobody knows. */
export function unicodeClass(name: string): Ranges | undefined {
  const ranges = known.get(name) ?? rangesOf(name);
  if (ranges !== undefined) known.set(name, ranges);
  return ranges;
}

function rangesOf(name: string): Ranges | undefined {
  if (name === 'Any') return [0, 0x10_ff_ff];
  const source = name.length <= 2 ? `\\p{${name}}` : `\\p{Script=${name}}`;
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, 'u');
  } catch {
    return undefined;
  }
  const ranges: number[] = [];
  let open = -1;
  for (let code = 0; code <= 0x10_ff_ff; code += 1) {
    const inside = pattern.test(String.fromCodePoint(code));
    if (inside && open < 0) open = code;
    else if (!inside && open >= 0) {
      ranges.push(open, code - 1);
      open = -1;
    }
  }
  if (open >= 0) ranges.push(open, 0x10_ff_ff);
  return ranges;
}
