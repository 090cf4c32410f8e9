/**
 * Lines of a log file as CRI runtimes write them: `<RFC 3339 time> <stdout|stderr> <tag> <text>`. A line the container wrote
 * stands in several when it is long: all but the last have the tag P. Pure.
 */
import type { LogQuery } from '../runtime.ts';

const newline = 10;
const space = 32;
/** `P`, or `P` and tags a later version may know, after colons. */
const partial = 'P'.charCodeAt(0);

/** One line of the file. */
export interface CriLine {
  /** As it is written there, in the runtime's time zone and with as many digits as it likes. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** What the container wrote, with the newline that ends it; without one where more follows. */
  readonly text: Buffer;
}

/** Reads one line of the file, with or without its newline; undefined when it is not of that form. */
export function parseCriLine(line: Buffer): CriLine | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  const afterTag = line.indexOf(space, afterStream + 1);
  if (afterTime <= 0 || afterStream < 0 || afterTag < 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const goesOn = line[afterStream + 1] === partial;
  const end = goesOn && line[line.length - 1] === newline ? line.length - 1 : line.length;
  return { time: line.toString('latin1', 0, afterTime), stream, text: line.subarray(afterTag + 1, end) };
}

/** RFC 3339 with nine digits of a second, whatever the file has; the time zone stays. */
function fullTime(time: string): string {
  const match = /^(.*:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) return time;
  const [, seconds = '', digits = '', zone = ''] = match;
  return `${seconds}.${digits.padEnd(9, '0')}${zone}`;
}

/** Turns what a log file holds into what the container wrote, however the bytes are cut. */
export class CriLines {
  readonly #query: Pick<LogQuery, 'since' | 'timestamps'>;
  #rest: Buffer[] = [];
  /** The next text begins a line of the container's. */
  #begins = true;

  constructor(query: Pick<LogQuery, 'since' | 'timestamps'>) {
    this.#query = query;
  }

  /** What the lines say that are whole now. */
  take(bytes: Buffer): Buffer {
    const out: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const piece = bytes.subarray(start, end + 1);
      this.#add(out, this.#rest.length === 0 ? piece : Buffer.concat([...this.#rest, piece]));
      this.#rest = [];
      start = end + 1;
    }
    if (start < bytes.length) this.#rest.push(bytes.subarray(start));
    return Buffer.concat(out);
  }

  /** What the last line says when nobody will end it. */
  last(): Buffer {
    const out: Buffer[] = [];
    if (this.#rest.length > 0) this.#add(out, Buffer.concat(this.#rest));
    this.#rest = [];
    return Buffer.concat(out);
  }

  /** A line that cannot be read, such as one a full disk cut, is left out. */
  #add(out: Buffer[], bytes: Buffer): void {
    const line = parseCriLine(bytes);
    if (line === undefined || line.text.length === 0) return;
    const { since, timestamps } = this.#query;
    if (since === undefined || Date.parse(line.time) >= since) {
      if (timestamps && this.#begins) out.push(Buffer.from(`${fullTime(line.time)} `));
      out.push(line.text);
    }
    this.#begins = line.text[line.text.length - 1] === newline;
  }
}
