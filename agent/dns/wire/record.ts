/** Records as they are to be written. Pure. */
import { isIPv6 } from 'node:net';
import { types } from './codes.ts';
import type { Labels } from './name.ts';

/** A part of a record's data: bytes as they are, or a name. */
export type Piece = Uint8Array | Labels;

/** A resource record of class IN. */
export interface DnsRecord {
  readonly name: Labels;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: readonly Piece[];
}

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
};

/** An IPv4 or IPv6 address as its 4 or 16 bytes. */
export function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [left = '', right] = withoutDots(address).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(left), groups(right ?? '')];
  return words(...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail);
}

/** `::ffff:10.0.0.1` with its last four bytes as groups. */
function withoutDots(address: string): string {
  const match = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (match === null) return address;
  const [, head = '', ...bytes] = match;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** An A or AAAA record. */
export function addressRecord(name: Labels, ttl: number, address: string): DnsRecord {
  return { name, type: isIPv6(address) ? types.AAAA : types.A, ttl, data: [addressBytes(address)] };
}

/** A record whose data is a name: CNAME, PTR, NS. */
export function nameRecord(type: number, name: Labels, ttl: number, target: Labels): DnsRecord {
  return { name, type, ttl, data: [target] };
}

/** An SRV record of priority 0 (RFC 2782). */
export function serviceRecord(
  name: Labels,
  ttl: number,
  { weight, port, target }: { weight: number; port: number; target: Labels },
): DnsRecord {
  return { name, type: types.SRV, ttl, data: [words(0, weight, port), target] };
}

/** A TXT record of one string, at most 255 bytes. */
export function textRecord(name: Labels, ttl: number, text: string): DnsRecord {
  const bytes = Buffer.from(text);
  return { name, type: types.TXT, ttl, data: [Buffer.from([bytes.length]), bytes] };
}

/** An SOA record; `minimum` is how long an answer "there is none" may be kept, in seconds (RFC 2308). */
export function authorityRecord(
  zone: Labels,
  ttl: number,
  { server, mailbox, serial, minimum }: { server: Labels; mailbox: Labels; serial: number; minimum: number },
): DnsRecord {
  const times = Buffer.alloc(20);
  // refresh, retry and expire are for secondary servers; there are none
  for (const [index, value] of [serial, 7200, 1800, 86_400, minimum].entries()) times.writeUInt32BE(value, index * 4);
  return { name: zone, type: types.SOA, ttl, data: [server, mailbox, times] };
}
