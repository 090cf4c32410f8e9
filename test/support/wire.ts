/** Writes Protocol Buffers by hand, for tests of what reads them. */

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A field that holds a whole number. */
export function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(field) << 3n), varint(BigInt(value))]);
}

/** A field that holds text, or the fields of a message. */
export function bytes(field: number, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(body.length)), body]);
}

/** A request body: the four bytes, whose object it is, and the object. */
export function envelope(apiVersion: string, kind: string, ...fields: Buffer[]): Buffer {
  const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
  return Buffer.concat([magic, bytes(1, bytes(1, apiVersion), bytes(2, kind)), bytes(2, ...fields)]);
}
