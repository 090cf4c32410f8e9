/** DER (X.690), the part of ASN.1 that certificates and certificate requests are written in: write and read. */

/** Universal and context tags, as the byte on the wire. */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context3: 0xa3,
} as const;

/** One value: its tag, its content, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Tag, length and the given contents behind each other. */
export function der(tagByte: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tagByte]), lengthBytes(content.length), content]);
}

/** A SEQUENCE of what is given, in that order. */
export const sequence = (...items: readonly Uint8Array[]): Buffer => der(tag.sequence, ...items);
/** An OCTET STRING. */
export const octets = (content: Uint8Array): Buffer => der(tag.octetString, content);
/** A BIT STRING; the last `unused` bits of `content` do not count. */
export const bits = (content: Uint8Array, unused = 0): Buffer => der(tag.bitString, Buffer.from([unused]), content);
/** A UTF8String. */
export const utf8 = (text: string): Buffer => der(tag.utf8String, Buffer.from(text, 'utf8'));
/** A BOOLEAN. */
export const truth = (value: boolean): Buffer => der(tag.boolean, Buffer.from([value ? 0xff : 0]));

/** A non-negative integer, given as big-endian bytes. */
export function integer(value: Uint8Array): Buffer {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const trimmed = value.subarray(start);
  const sign = (trimmed[0] ?? 0) >= 0x80 ? [0] : [];
  return der(tag.integer, Buffer.from(sign), trimmed.length === 0 ? Buffer.from([0]) : trimmed);
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc % 128];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) digits.unshift((high % 128) | 0x80);
    bytes.push(...digits);
  }
  return der(tag.oid, Buffer.from(bytes));
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime after. Whole seconds. */
export function time(milliseconds: number): Buffer {
  const text = `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const isShort = Number(text.slice(0, 4)) < 2050;
  return isShort
    ? der(tag.utcTime, Buffer.from(text.slice(2), 'latin1'))
    : der(tag.generalizedTime, Buffer.from(text, 'latin1'));
}

/** Reads the value at `offset` of `bytes`; throws RangeError when it does not fit or is not DER. */
export function readDer(bytes: Buffer, offset = 0): DerValue {
  const tagByte = bytes[offset];
  const first = bytes[offset + 1];
  if (tagByte === undefined || first === undefined) throw new RangeError('DER: the value ends too early');
  if ((tagByte & 0x1f) === 0x1f) throw new RangeError('DER: tags above 30 are not used here');
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new RangeError('DER: bad length');
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    if (length < 0x80 || (count > 1 && bytes[start] === 0))
      throw new RangeError('DER: length is not the shortest form');
    start += count;
  }
  if (start + length > bytes.length) throw new RangeError('DER: the value ends too early');
  return { tag: tagByte, content: bytes.subarray(start, start + length), raw: bytes.subarray(offset, start + length) };
}

/** The values inside a constructed value, in order. */
export function children(value: DerValue): DerValue[] {
  const items: DerValue[] = [];
  for (let offset = 0; offset < value.content.length; ) {
    const item = readDer(value.content, offset);
    items.push(item);
    offset += item.raw.length;
  }
  return items;
}

/** The dotted form of an object identifier. */
export function readOid(value: DerValue): string {
  if (value.tag !== tag.oid) throw new RangeError('DER: an object identifier was expected');
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of value.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...rest].join('.');
}
