/** Writes answers, names shortened by pointers. Pure. */
import { ednsSize, flags, headerSize, internet, messageLimit, plainSize, rcodes, types } from './codes.ts';
import { type Labels, lowerCase } from './name.ts';
import type { Query, Refusal } from './query.ts';
import type { DnsRecord } from './record.ts';

/** What is answered. */
export interface Reply {
  readonly rcode: number;
  /** True when this server is where the name is kept. */
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

/** How an answer travels. */
export type Transport = 'udp' | 'tcp';

/** The OPT record's bytes. */
export const optSize = 11;

/** Pointers have 14 bits. */
const farthest = 0x3fff;

/** The bytes an answer to `query` may have. */
export function replyLimit({ edns }: Query, transport: Transport): number {
  if (transport === 'tcp') return messageLimit;
  return edns === undefined ? plainSize : Math.min(Math.max(edns.size, plainSize), ednsSize);
}

/** The flags of an answer to a query with `asked`. */
export function replyFlags(asked: number, rcode: number, extra = 0): number {
  const kept = asked & (flags.opcode | flags.recursionDesired | flags.checkingDisabled);
  return flags.response | flags.recursionAvailable | kept | extra | (rcode & flags.rcode);
}

/** Writes an OPT record at `at`; `rcode` gives the bits that have no room in the header. */
export function writeOpt(into: Buffer, at: number, rcode: number, dnssecOk: boolean): number {
  into[at] = 0;
  into.writeUInt16BE(types.OPT, at + 1);
  into.writeUInt16BE(ednsSize, at + 3);
  into.writeUInt32BE(((rcode >> 4) << 24) | (dnssecOk ? 0x8000 : 0), at + 5);
  into.writeUInt16BE(0, at + 9);
  return at + optSize;
}

/** A header that says why there is no answer; of a broken message nothing is repeated. */
export function refusal({ id, flags: asked, refused }: Refusal): Buffer {
  const bytes = Buffer.alloc(headerSize);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(replyFlags(asked, refused), 2);
  return bytes;
}

/** An answer without records. */
export const emptyReply = (rcode: number): Reply => ({
  rcode,
  authoritative: false,
  answers: [],
  authority: [],
  additional: [],
});

/** Why a question that is in order is not looked up; undefined when it is. */
export function unanswerable({ type, class: asked, edns }: Query): number | undefined {
  if (edns !== undefined && edns.version !== 0) return rcodes.badVersion;
  if (type === types.AXFR || type === types.IXFR || asked !== internet) return rcodes.refused;
  return type === types.OPT || type === 0 ? rcodes.formatError : undefined;
}

/** One message being written: at most `limit` bytes. */
class Writer {
  readonly bytes: Buffer;
  at = headerSize;
  readonly #limit: number;
  readonly #names = new Map<string, number>();

  constructor(bytes: Buffer, limit: number) {
    this.bytes = bytes;
    this.#limit = limit;
  }

  question(query: Query): void {
    query.question.copy(this.bytes, this.at);
    // answers about this very name point here, and so keep the letters as they were asked
    this.#remember(query.labels, headerSize);
    this.at += query.question.length;
  }

  /** Writes the record, or nothing of it when it does not fit. */
  record({ name, type, ttl, data }: DnsRecord): boolean {
    const start = this.at;
    if (!this.#name(name, true) || !this.#room(10)) return this.#undo(start);
    this.at = this.bytes.writeUInt16BE(type, this.at);
    this.at = this.bytes.writeUInt16BE(internet, this.at);
    this.at = this.bytes.writeUInt32BE(ttl, this.at);
    const length = this.at;
    this.at += 2;
    for (const piece of data) {
      // RFC 2782: the target of an SRV record is written out
      const written = piece instanceof Uint8Array ? this.#raw(piece) : this.#name(piece, type !== types.SRV);
      if (!written) return this.#undo(start);
    }
    this.bytes.writeUInt16BE(this.at - length - 2, length);
    return true;
  }

  #undo(start: number): boolean {
    this.at = start;
    for (const [name, at] of this.#names) if (at >= start) this.#names.delete(name);
    return false;
  }

  #room(size: number): boolean {
    return this.at + size <= this.#limit;
  }

  #raw(piece: Uint8Array): boolean {
    if (!this.#room(piece.length)) return false;
    this.bytes.set(piece, this.at);
    this.at += piece.length;
    return true;
  }

  #name(labels: Labels, short: boolean): boolean {
    for (let index = 0; index < labels.length; index++) {
      const known = short ? this.#names.get(keyOf(labels, index)) : undefined;
      if (known !== undefined) {
        if (!this.#room(2)) return false;
        this.at = this.bytes.writeUInt16BE(0xc000 | known, this.at);
        return true;
      }
      const label = labels[index] ?? '';
      if (!this.#room(label.length + 1)) return false;
      if (this.at <= farthest) this.#names.set(keyOf(labels, index), this.at);
      this.bytes[this.at] = label.length;
      this.at += 1 + this.bytes.write(label, this.at + 1, 'latin1');
    }
    return this.#raw(root);
  }

  #remember(labels: Labels, offset: number): void {
    let at = offset;
    for (const [index, label] of labels.entries()) {
      this.#names.set(keyOf(labels, index), at);
      at += label.length + 1;
    }
  }
}

const root = new Uint8Array(1);
/** A length before each label, as on the wire: labels may hold dots. */
const keyOf = (labels: Labels, from: number): string =>
  labels
    .slice(from)
    .map((label) => `${String.fromCharCode(label.length)}${lowerCase(label)}`)
    .join('');

/** All answers are written here, then copied: one at a time. */
const scratch = Buffer.alloc(messageLimit);

/** The message. Answers that do not fit are left out and the message says so (TC); so is what is merely additional, silently. */
export function writeReply(query: Query, reply: Reply, transport: Transport): Buffer {
  const { edns } = query;
  const writer = new Writer(scratch, replyLimit(query, transport) - (edns === undefined ? 0 : optSize));
  writer.question(query);
  let answers = 0;
  while (answers < reply.answers.length && writer.record(reply.answers[answers] as DnsRecord)) answers++;
  let isCut = answers < reply.answers.length;
  let authority = 0;
  if (!isCut) {
    while (authority < reply.authority.length && writer.record(reply.authority[authority] as DnsRecord)) authority++;
    isCut = authority < reply.authority.length;
  }
  let additional = 0;
  if (!isCut) for (const record of reply.additional) if (writer.record(record)) additional++;
  let end = writer.at;
  if (edns !== undefined) {
    end = writeOpt(scratch, end, reply.rcode, edns.dnssecOk);
    additional++;
  }
  const extra = (reply.authoritative ? flags.authoritative : 0) | (isCut ? flags.truncated : 0);
  writeHeader(scratch, {
    id: query.id,
    flags: replyFlags(query.flags, reply.rcode, extra),
    counts: [1, answers, authority, additional],
  });
  return Buffer.from(scratch.subarray(0, end));
}

/** Writes the twelve bytes every message begins with. */
export function writeHeader(
  into: Buffer,
  { id, flags: word, counts }: { id: number; flags: number; counts: readonly [number, number, number, number] },
): void {
  into.writeUInt16BE(id, 0);
  into.writeUInt16BE(word, 2);
  for (const [index, count] of counts.entries()) into.writeUInt16BE(count, 4 + index * 2);
}
