/** Reads what a client asks. Pure. */
import { flags, headerSize, internet, rcodes, types } from './codes.ts';
import { type Labels, lowerCase, readName, skipName } from './name.ts';

/** What a client says of itself in an OPT record (RFC 6891). */
export interface Edns {
  /** Bytes it takes over UDP. */
  readonly size: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

/** A question that is in order. */
export interface Query {
  readonly id: number;
  /** The header's flags. */
  readonly flags: number;
  /** In small letters. */
  readonly labels: Labels;
  readonly type: number;
  readonly class: number;
  /** Name, type and class as they came: an answer repeats them, letter by letter. */
  readonly question: Buffer;
  readonly edns: Edns | undefined;
}

/** A question that is refused: what there is to answer. */
export interface Refusal {
  readonly id: number;
  readonly flags: number;
  readonly refused: number;
}

/** The query; a Refusal for what is malformed or not a question; undefined for what must not be answered at all. */
export function readQuery(message: Buffer): Query | Refusal | undefined {
  if (message.length < headerSize) return undefined;
  const id = message.readUInt16BE(0);
  const word = message.readUInt16BE(2);
  // two servers that answer each other's answers would never end
  if ((word & flags.response) !== 0) return undefined;
  const refuse = (refused: number): Refusal => ({ id, flags: word, refused });
  if ((word & flags.opcode) !== 0) return refuse(rcodes.notImplemented);
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  // an OPT and a signature are all that may come with a question
  if (questions !== 1 || answers !== 0 || authorities !== 0 || (additionals ?? 0) > 2)
    return refuse(rcodes.formatError);
  const nameEnd = plainNameEnd(message);
  const labels = nameEnd === -1 ? undefined : readName(message, headerSize);
  if (labels === undefined || nameEnd + 4 > message.length) return refuse(rcodes.formatError);
  const edns = readEdns(message, nameEnd + 4, additionals ?? 0);
  if (edns === 'broken') return refuse(rcodes.formatError);
  return {
    id,
    flags: word,
    labels: labels.map(lowerCase),
    type: message.readUInt16BE(nameEnd),
    class: message.readUInt16BE(nameEnd + 2),
    question: message.subarray(headerSize, nameEnd + 4),
    edns,
  };
}

/** A question of class IN as it goes over the wire. */
export function questionOf(labels: Labels, type: number): Buffer {
  const name = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  const end = Buffer.alloc(5);
  end.writeUInt16BE(type, 1);
  end.writeUInt16BE(internet, 3);
  return Buffer.concat([...name, end]);
}

/** The end of the question's name; -1 for one that points somewhere: there is nothing before it. */
function plainNameEnd(message: Buffer): number {
  const end = skipName(message, headerSize);
  return end !== -1 && message[end - 1] === 0 ? end : -1;
}

function readEdns(message: Buffer, start: number, count: number): Edns | undefined | 'broken' {
  let found: Edns | undefined;
  let at = start;
  for (let index = 0; index < count; index++) {
    const after = skipName(message, at);
    if (after === -1 || after + 10 > message.length) return 'broken';
    const end = after + 10 + message.readUInt16BE(after + 8);
    if (end > message.length) return 'broken';
    if (message.readUInt16BE(after) === types.OPT) {
      // one, and of the root (RFC 6891, 6.1.1 and 6.1.2)
      if (found !== undefined || message[at] !== 0) return 'broken';
      found = {
        size: message.readUInt16BE(after + 2),
        version: message[after + 5] ?? 0,
        dnssecOk: ((message[after + 6] ?? 0) & 0x80) !== 0,
      };
    }
    at = end;
  }
  return found;
}
