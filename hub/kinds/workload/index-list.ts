/** Lists of completion indexes as users write them: `0,2-5,9`, growing and below the number of completions. */

/** One index, or why it is none. */
function readIndex(text: string, completions: number): number | string {
  if (!/^[+-]?\d+$/.test(text)) return `cannot convert string to integer for index: ${JSON.stringify(text)}`;
  const index = Number(text);
  return index >= completions ? `too large index: ${JSON.stringify(text)}` : index;
}

/** The two ends of one part, or why it is none. */
function readInterval(text: string, completions: number): readonly [number, number] | string {
  const limits = text.split('-');
  if (limits.length > 2) {
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const first = readIndex(limits[0] ?? '', completions);
  if (typeof first === 'string') return first;
  if (limits.length < 2) return [first, first];
  const last = readIndex(limits[1] ?? '', completions);
  if (typeof last === 'string') return last;
  return first >= last ? `non-increasing order, previous: ${first}, current: ${last}` : [first, last];
}

/** How many indexes the list names, or why it is no list. */
export function readIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let previous = -Infinity;
  let total = 0;
  for (const part of text.split(',')) {
    const interval = readInterval(part, completions);
    if (typeof interval === 'string') return interval;
    const [first, last] = interval;
    if (previous >= first) return `non-increasing order, previous: ${previous}, current: ${first}`;
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index both lists name, if any; parts that are none are not looked at. */
export function overlap(one: string, other: string, completions: number): number | undefined {
  const intervals = (text: string): (readonly [number, number])[] =>
    text === ''
      ? []
      : text.split(',').flatMap((part) => {
          const read = readInterval(part, completions);
          return typeof read === 'string' ? [] : [read];
        });
  const others = intervals(other);
  for (const [first, last] of intervals(one)) {
    const met = others.find(([from, to]) => first <= to && from <= last);
    if (met !== undefined) return Math.max(first, met[0]);
  }
  return undefined;
}
