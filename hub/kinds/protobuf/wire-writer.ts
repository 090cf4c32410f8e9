/** Writes the Protocol Buffers wire format from the end to the beginning: lengths are known when they are written. */
import { wire } from './wire-reader.ts';

/** Texts of so many characters are written one by one. */
const shortText = 48;

/** Bytes that grow at their beginning. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(4096);
  /** Where the first byte is. */
  #at = this.#bytes.length;

  /** How many bytes there are. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** Makes room for so many bytes more at once. */
  reserve(count: number): void {
    this.#room(count);
  }

  /** What was written: a view that lives until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  tag(number: number, type: number): void {
    this.#varint(number * 8 + type, 0);
  }

  /** Any integer, as a varint; negative ones take ten bytes. */
  integer(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000);
    this.#varint(value - high * 0x1_0000_0000, high);
  }

  double(value: number): void {
    this.#room(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  raw(bytes: Buffer): void {
    this.#room(bytes.length);
    this.#at -= bytes.length;
    bytes.copy(this.#bytes, this.#at);
  }

  /** Tag, length and text. */
  string(number: number, text: string): void {
    const length = this.#text(text);
    this.#varint(length, 0);
    this.tag(number, wire.bytes);
  }

  /** Tag, length and bytes. */
  bytes(number: number, bytes: Buffer): void {
    this.raw(bytes);
    this.#varint(bytes.length, 0);
    this.tag(number, wire.bytes);
  }

  /** Tag, length and some of the bytes of something. */
  part(number: number, bytes: Buffer, from: number, to: number): void {
    const length = to - from;
    this.#room(length);
    this.#at -= length;
    const start = this.#at - from;
    if (length <= shortText) for (let at = from; at < to; at++) this.#bytes[start + at] = bytes[at] as number;
    else bytes.copy(this.#bytes, this.#at, from, to);
    this.#varint(length, 0);
    this.tag(number, wire.bytes);
  }

  /** Once more the `size` bytes that were written when there were `before`. */
  again(before: number, size: number): void {
    this.#room(size);
    const end = this.#bytes.length - before;
    this.#at -= size;
    this.#bytes.copyWithin(this.#at, end - size, end);
  }

  /** Makes what was written since the size was `before` the value of a field. */
  wrap(number: number, before: number): void {
    this.#varint(this.size - before, 0);
    this.tag(number, wire.bytes);
  }

  /** Writes a text; answers its length in bytes. Most are short and ASCII: those cost more to hand over than to write. */
  #text(text: string): number {
    if (text.length <= shortText && this.#ascii(text)) return text.length;
    const length = Buffer.byteLength(text);
    this.#room(length);
    this.#at -= length;
    this.#bytes.write(text, this.#at);
    return length;
  }

  #ascii(text: string): boolean {
    this.#room(text.length);
    const bytes = this.#bytes;
    const start = this.#at - text.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[start + index] = code;
    }
    this.#at = start;
    return true;
  }

  /** `low` is unsigned and `high` signed, 32 bits each. */
  #varint(low: number, high: number): void {
    if (high === 0 && low <= 0x7f) {
      this.#room(1);
      this.#at -= 1;
      this.#bytes[this.#at] = low;
      return;
    }
    const at = this.#varintRoom(low, high);
    let rest = low >>> 0;
    let more = high >>> 0;
    let next = at;
    while (more > 0 || rest > 0x7f) {
      this.#bytes[next] = (rest & 0x7f) | 0x80;
      next += 1;
      rest = ((rest >>> 7) | (more << 25)) >>> 0;
      more >>>= 7;
    }
    this.#bytes[next] = rest;
  }

  #varintRoom(low: number, high: number): number {
    let bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
    if (bits === 0) bits = 1;
    const length = Math.ceil(bits / 7);
    this.#room(length);
    this.#at -= length;
    return this.#at;
  }

  #room(count: number): void {
    if (this.#at >= count) return;
    const size = this.size;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, size + count + 1024));
    this.#bytes.copy(grown, grown.length - size, this.#at);
    this.#bytes = grown;
    this.#at = grown.length - size;
  }
}
