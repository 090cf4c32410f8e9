/**
 * What an upstream answered, kept as its bytes: types nobody here knows pass untouched. Pure.
 *
 * The additional section is cut off: a stub resolver does not read it, and the OPT record in it is not for our client.
 */
import { flags, headerSize, internet, rcodes, types } from './codes.ts';
import { type Labels, lowerCase, readName, skipName } from './name.ts';
import type { Query } from './query.ts';
import type { DnsRecord } from './record.ts';
import { optSize, replyFlags, replyLimit, type Transport, writeHeader, writeOpt } from './reply.ts';

/** An upstream's answer. */
export interface Forwarded {
  readonly rcode: number;
  readonly truncated: boolean;
  /** Header, question, answers, authority. */
  readonly bytes: Buffer;
  readonly answers: number;
  readonly authority: number;
  /** Where each record ends, and where its TTL stands; answers first. */
  readonly ends: readonly number[];
  readonly ttls: readonly number[];
  /** How long it may be kept as it says itself, in seconds; 0: not at all. */
  readonly ttl: number;
}

/** Reads an answer to `question` (name, type, class) that was asked as `id`; undefined for anything else, or a broken one. */
export function readForwarded(message: Buffer, id: number, question: Buffer): Forwarded | undefined {
  const start = headerSize + question.length;
  if (message.length < start || message.readUInt16BE(0) !== id) return undefined;
  const word = message.readUInt16BE(2);
  if ((word & flags.response) === 0 || message.readUInt16BE(4) !== 1) return undefined;
  if (!sameQuestion(message.subarray(headerSize, start), question)) return undefined;
  const [answers, authority] = [message.readUInt16BE(6), message.readUInt16BE(8)];
  const places = readPlaces(message, start, answers + authority);
  if (places === undefined) return undefined;
  const rcode = word & flags.rcode;
  return {
    rcode,
    truncated: (word & flags.truncated) !== 0,
    bytes: Buffer.from(message.subarray(0, places.at(-1)?.end ?? start)),
    answers,
    authority,
    ends: places.map(({ end }) => end),
    ttls: places.map(({ ttl }) => ttl),
    ttl: keptFor(message, rcode, places.slice(0, answers), places.slice(answers)),
  };
}

/** Where a record's TTL stands, and where the record ends. */
interface RecordPlace {
  readonly ttl: number;
  readonly end: number;
}

/** The places of so many records; undefined when they are not all there. */
function readPlaces(message: Buffer, start: number, count: number): RecordPlace[] | undefined {
  const places: RecordPlace[] = [];
  let at = start;
  while (places.length < count) {
    const after = skipName(message, at);
    if (after === -1 || after + 10 > message.length) return undefined;
    at = after + 10 + message.readUInt16BE(after + 8);
    if (at > message.length) return undefined;
    places.push({ ttl: after + 4, end: at });
  }
  return places;
}

/** What is there, as long as its shortest record; what is not, as its SOA record says (RFC 2308, 5); all else not at all. */
function keptFor(
  message: Buffer,
  rcode: number,
  answers: readonly RecordPlace[],
  authority: readonly RecordPlace[],
): number {
  const ttlOf = ({ ttl }: RecordPlace): number => lifetime(message.readUInt32BE(ttl));
  if (rcode === rcodes.noError && answers.length > 0) return Math.min(...answers.map(ttlOf));
  if (rcode !== rcodes.noError && rcode !== rcodes.nameError) return 0;
  // the SOA record's last four bytes are the minimum
  const soa = authority.find(({ ttl, end }) => message.readUInt16BE(ttl - 4) === types.SOA && end - ttl >= 10);
  return soa === undefined ? 0 : Math.min(ttlOf(soa), lifetime(message.readUInt32BE(soa.end - 4)));
}

/** RFC 2181, 8: a TTL with the highest bit set counts as 0. */
const lifetime = (ttl: number): number => (ttl > 0x7fffffff ? 0 : ttl);

/** Letters may have changed their case on the way. */
function sameQuestion(one: Buffer, other: Buffer): boolean {
  return one.equals(other) || lowerCase(one.toString('latin1')) === lowerCase(other.toString('latin1'));
}

/** The message for a client, its records to be kept for at most `ttl` seconds more. */
export function forwardedReply(forwarded: Forwarded, query: Query, transport: Transport, ttl: number): Buffer {
  const { bytes, ends, ttls, rcode } = forwarded;
  const room = replyLimit(query, transport) - (query.edns === undefined ? 0 : optSize);
  const whole = bytes.length <= room;
  const records = whole ? ends.length : ends.filter((end) => end <= room).length;
  const end = whole ? bytes.length : (ends[records - 1] ?? headerSize + query.question.length);
  const reply = Buffer.alloc(end + (query.edns === undefined ? 0 : optSize));
  bytes.copy(reply, 0, 0, end);
  query.question.copy(reply, headerSize);
  for (const at of ttls.slice(0, records)) reply.writeUInt32BE(Math.min(lifetime(reply.readUInt32BE(at)), ttl), at);
  if (query.edns !== undefined) writeOpt(reply, end, rcode, query.edns.dnssecOk);
  const answers = Math.min(forwarded.answers, records);
  const kept = bytes.readUInt16BE(2) & (query.edns?.dnssecOk === true ? flags.authenticData : 0);
  const isCut = !whole || forwarded.truncated;
  writeHeader(reply, {
    id: query.id,
    flags: replyFlags(query.flags, rcode, kept | (isCut ? flags.truncated : 0)),
    counts: [1, answers, records - answers, query.edns === undefined ? 0 : 1],
  });
  return reply;
}

/** The records of the answer that say where a name leads: addresses, aliases and texts, to go behind an alias of ours. */
export function forwardedRecords({ bytes, answers, ends, ttls }: Forwarded, ttl: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  let at = skipName(bytes, headerSize) + 4;
  for (let index = 0; index < answers; index++) {
    const place = ttls[index] ?? 0;
    const end = ends[index] ?? 0;
    const name = readName(bytes, at);
    const type = bytes.readUInt16BE(place - 4);
    const data = name === undefined ? undefined : readData(bytes, type, place + 6, end);
    if (name !== undefined && data !== undefined && bytes.readUInt16BE(place - 2) === internet)
      records.push({ name, type, ttl: Math.min(lifetime(bytes.readUInt32BE(place)), ttl), data: [data] });
    at = end;
  }
  return records;
}

function readData(bytes: Buffer, type: number, start: number, end: number): Uint8Array | Labels | undefined {
  if (type === types.CNAME) return readName(bytes, start);
  const isPlain = type === types.A || type === types.AAAA || type === types.TXT;
  return isPlain ? bytes.subarray(start, end) : undefined;
}
