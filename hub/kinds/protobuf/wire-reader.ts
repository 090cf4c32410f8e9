/** Reads the Protocol Buffers wire format: varints, lengths, skipping; never beyond the end it was given. */

/** Bytes that are no message. The text is what Go's decoder says. */
export class ProtobufFault extends Error {}

const truncated = (): ProtobufFault => new ProtobufFault('unexpected EOF');

/** What follows a tag. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** A place in some bytes. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  /** Where the message that is being read ends. */
  end: number;
  /** Of the last varint. */
  #low = 0;
  #high = 0;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.end = bytes.length;
  }

  /** A tag: field number times eight plus wire type. */
  tag(): number {
    this.#varint();
    return this.#low >>> 0;
  }

  int32(): number {
    this.#varint();
    return this.#low;
  }

  /** Exact up to 2^53, as JSON numbers are here. */
  int64(): number {
    this.#varint();
    return this.#high * 0x1_0000_0000 + (this.#low >>> 0);
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  double(): number {
    if (this.at + 8 > this.end) throw truncated();
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** The end of a length-delimited value that begins here. */
  length(): number {
    this.#varint();
    if (this.#high < 0) throw new ProtobufFault('proto: negative length found during unmarshaling');
    const end = this.at + this.#high * 0x1_0000_0000 + (this.#low >>> 0);
    if (end > this.end) throw truncated();
    return end;
  }

  string(): string {
    const end = this.length();
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** A view, not a copy. */
  view(): Buffer {
    const end = this.length();
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  /** Steps over a value. */
  skip(type: number): void {
    switch (type) {
      case wire.varint:
        this.#varint();
        return;
      case wire.fixed64:
        this.#jump(8);
        return;
      case wire.bytes:
        this.at = this.length();
        return;
      case wire.groupStart:
        this.#skipGroup();
        return;
      case wire.fixed32:
        this.#jump(4);
        return;
      case wire.groupEnd:
        throw new ProtobufFault('proto: unexpected end of group');
      default:
        throw new ProtobufFault(`proto: illegal wireType ${type}`);
    }
  }

  #skipGroup(): void {
    let open = 1;
    while (open > 0) {
      const type = this.tag() & 7;
      if (type === wire.groupStart) open += 1;
      else if (type === wire.groupEnd) open -= 1;
      else this.skip(type);
    }
  }

  #jump(count: number): void {
    if (this.at + count > this.end) throw truncated();
    this.at += count;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) throw truncated();
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new ProtobufFault('proto: integer overflow');
  }
}
