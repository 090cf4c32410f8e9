/** From bytes of a log to its lines: the CRI's form with times, and plain output. Pure. */
import type { LogEntry, Origin } from './entry.ts';

/** How a file is written. */
export type Format = 'cri' | 'raw';

/** Lines, and how many bytes of the piece they took. */
export interface Parsed {
  readonly entries: LogEntry[];
  readonly used: number;
}

const newline = 10;

/** What the piece is of. */
export interface Piece {
  readonly bytes: Buffer;
  /** Where it begins in its file. */
  readonly at: number;
  readonly format: Format;
  readonly origin: Origin;
  /** The time of lines that have none, RFC 3339. */
  readonly now: string;
  /** No more comes after it, or no more fits: what is unfinished is taken as it is. */
  readonly isLast: boolean;
}

/** A line under way that came in parts. */
interface Begun {
  readonly offset: number;
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  text: string;
}

/** The whole lines of a piece. */
export function parse(piece: Piece): Parsed {
  return piece.format === 'cri' ? parseCri(piece) : parseRaw(piece);
}

function* linesOf({ bytes }: Piece): Generator<{ start: number; end: number; text: string }> {
  for (let start = 0; ; ) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) return;
    yield { start, end: end + 1, text: bytes.toString('utf8', start, end) };
    start = end + 1;
  }
}

function parseRaw(piece: Piece): Parsed {
  const { origin, at, now, bytes, isLast } = piece;
  const entries: LogEntry[] = [];
  let used = 0;
  const put = (line: string, offset: number): void => {
    if (line !== '') entries.push({ origin, time: now, stream: undefined, line, offset: at + offset });
  };
  for (const { start, end, text } of linesOf(piece)) {
    put(text, start);
    used = end;
  }
  if (isLast && used < bytes.length) {
    put(bytes.toString('utf8', used), used);
    used = bytes.length;
  }
  return { entries, used };
}

/** API (CRI): `TIME STREAM TAGS LINE`; tag P says that the line goes on in the next one of its stream. */
function parseCri(piece: Piece): Parsed {
  const { origin, at, isLast } = piece;
  const entries: LogEntry[] = [];
  const begun = new Map<string, Begun>();
  let used = 0;
  const put = ({ offset, time, stream, text }: Begun): void => {
    entries.push({ origin, time, stream, line: text, offset });
  };
  for (const { start, end, text } of linesOf(piece)) {
    const [, time = '', stream = '', tags = '', rest = ''] = /^(\S+) (stdout|stderr) (\S+) ?(.*)$/s.exec(text) ?? [];
    if (stream === 'stdout' || stream === 'stderr') {
      const one = begun.get(stream) ?? { offset: at + start, time, stream, text: '' };
      one.text += rest;
      begun.set(stream, one);
      if (!tags.split(':').includes('P')) {
        begun.delete(stream);
        put(one);
      }
    }
    // what a line under way has so far is read again with its end
    if (begun.size === 0) used = end;
  }
  if (isLast) {
    for (const one of begun.values()) put(one);
    used = Math.max(used, piece.bytes.lastIndexOf(newline) + 1);
    return { entries, used: used === 0 ? piece.bytes.length : used };
  }
  return { entries: begun.size === 0 ? entries : entries.filter(({ offset }) => offset < at + used), used };
}
