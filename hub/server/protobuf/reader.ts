/** Reading the wire format of Protocol Buffers. */

/** Bytes that are no message. */
export class WireFault extends Error {}

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

/** Walks the fields of one message. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  /** The number of the field `next` found. */
  field = 0;
  #wire = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Goes to the next field; false at the end. Read or skip its value before the next call. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const key = Number(this.#varint());
    this.field = key >>> 3;
    this.#wire = key & 7;
    return true;
  }

  /** The value as a signed whole number of 64 bits. */
  integer(): number {
    if (this.#wire !== varint) throw new WireFault('wrong wire type');
    return Number(BigInt.asIntN(64, this.#varint()));
  }

  double(): number {
    if (this.#wire !== fixed64) throw new WireFault('wrong wire type');
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** The bytes of a string, bytes or message value: a view. */
  bytes(): Buffer {
    if (this.#wire !== delimited) throw new WireFault('wrong wire type');
    const length = Number(this.#varint());
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(): void {
    if (this.#wire === varint) this.#varint();
    else if (this.#wire === fixed64) this.#take(8);
    else if (this.#wire === fixed32) this.#take(4);
    else this.bytes();
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || start + length > this.#bytes.length) throw new WireFault('unexpected EOF');
    this.#at += length;
    return start;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireFault('integer overflow');
  }
}
