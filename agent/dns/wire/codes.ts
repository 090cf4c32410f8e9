/** Numbers of the DNS protocol that are used here (IANA's DNS parameters). */

/** Types of records and questions. */
export const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
} as const;

/** The class of the Internet. */
export const internet = 1;

/** Response codes. BADVERS has more bits than the header: the others are in the OPT record (RFC 6891, 6.1.3). */
export const rcodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

/** Bits of the header's second word. */
export const flags = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authenticData: 0x0020,
  checkingDisabled: 0x0010,
  rcode: 0x000f,
} as const;

/** Bytes of the header: id, flags, four counts. */
export const headerSize = 12;

/** The largest answer over UDP without EDNS (RFC 1035, 4.2.1), and what we take and give with it: no fragments on any link. */
export const plainSize = 512;
export const ednsSize = 1232;

/** The largest message: its length over TCP is two bytes. */
export const messageLimit = 65_535;
