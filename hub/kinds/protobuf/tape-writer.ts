/** From the JSON of an object to its message, byte for byte what MessageWriter makes of the parsed object. */
import { Repeats } from '../repeats.ts';
import type { FieldNames, NamedField } from './field-names.ts';
import { JsonTape, NotPlain } from './json-tape.ts';
import { form, type Message, type Messages } from './messages.ts';
import { secondsAt, writeSeconds, writeTime } from './special-write.ts';
import { token, unwritten } from './tape.ts';
import { wire } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

const minus = 0x2d;
const zero = 0x30;

/** Writes objects into one writer. */
export class TapeWriter {
  readonly #writer: WireWriter;
  readonly #json: JsonTape;
  readonly #times = new Map<string, number>();
  #bytes: Buffer = Buffer.alloc(0);
  #tape: Int32Array = new Int32Array(0);

  constructor(messages: Messages, writer: WireWriter) {
    this.#writer = writer;
    this.#json = new JsonTape(messages);
  }

  /** Writes the object of these bytes; false, with nothing written, when it has to be parsed. Throws NoProtobuf for a time that is none. */
  write(message: Message, bytes: Buffer): boolean {
    try {
      const place = this.#json.read(message, bytes);
      this.#bytes = bytes;
      this.#tape = this.#json.cells;
      this.#message(this.#json.namesOf(message), place);
      return true;
    } catch (error) {
      if (error instanceof NotPlain) return false;
      throw error;
    }
  }

  #message(names: FieldNames, place: number): void {
    const tape = this.#tape;
    const { all } = names;
    let at = place + (tape[place] as number) * 2 - 1;
    if (names.hasInline) return this.#withInline(names, place, at);
    for (; at > place; at -= 2) this.#field(all[tape[at] as number] as NamedField, tape[at + 1] as number);
  }

  /** The same for a message in whose place JSON has the fields of others: those are there even when nothing is in them. */
  #withInline({ message, all }: FieldNames, place: number, last: number): void {
    const tape = this.#tape;
    let at = last;
    for (const field of message.descending) {
      const before = this.#writer.size;
      for (; at > place; at -= 2) {
        const one = all[tape[at] as number] as NamedField;
        if ((one.inside ?? one.field) !== field) break;
        this.#field(one, tape[at + 1] as number);
      }
      if (field.inline) this.#writer.wrap(field.number, before);
    }
  }

  #field(named: NamedField, place: number): void {
    if (!named.mayRepeat) return this.#anew(named, place);
    const writer = this.#writer;
    const tape = this.#tape;
    const written = tape[place + 2] as number;
    if (written !== unwritten) return writer.again(written, tape[place + 3] as number);
    const before = writer.size;
    this.#anew(named, tape[place + 3] as number);
    const made = { before, size: writer.size - before };
    named.repeats ??= new Repeats();
    named.repeats.add(this.#bytes, tape[place] as number, tape[place + 1] as number, made);
  }

  #anew(named: NamedField, place: number): void {
    const { field } = named;
    if (field.holds === 'one') return this.#value(named, field.number, place);
    if (field.holds === 'map') return this.#map(named, place);
    for (let at = place + (this.#tape[place] as number); at > place; at--)
      this.#value(named, field.number, this.#tape[at] as number);
  }

  /** API: entries are sorted, so that equal objects have equal bytes. */
  #map(named: NamedField, place: number): void {
    const values = new Map<string, number>();
    const end = place + 1 + (this.#tape[place] as number) * 4;
    for (let at = place + 1; at < end; at += 4) values.set(this.#textAt(at), this.#tape[at + 3] as number);
    for (const key of [...values.keys()].sort().reverse()) {
      const before = this.#writer.size;
      this.#value(named, 2, values.get(key) as number);
      this.#writer.string(1, key);
      this.#writer.wrap(named.field.number, before);
    }
  }

  #value(named: NamedField, number: number, place: number): void {
    const writer = this.#writer;
    switch (named.field.form) {
      case form.string:
        this.#string(number, place);
        return;
      case form.bool:
        writer.integer(this.#tape[place + 2] === token.yes ? 1 : 0);
        writer.tag(number, wire.varint);
        return;
      case form.int32:
      case form.int64:
        writer.integer(this.#integer(place));
        writer.tag(number, wire.varint);
        return;
      case form.bytes:
        writer.bytes(number, Buffer.from(this.#textAt(place), 'base64'));
        return;
      default: {
        const before = writer.size;
        this.#inside(named, place);
        writer.wrap(number, before);
      }
    }
  }

  /** The fields of a value that is a message. */
  #inside(named: NamedField, place: number): void {
    switch (named.field.form) {
      case form.message:
        this.#message(named.inner as FieldNames, place);
        return;
      case form.time:
      case form.microTime:
        this.#time(place);
        return;
      case form.intOrString:
        this.#intOrString(place);
        return;
      default:
        // a quantity, or JSON inside a message
        this.#string(1, place);
    }
  }

  #time(place: number): void {
    const seconds = secondsAt(this.#bytes, this.#tape[place] as number, this.#tape[place + 1] as number);
    if (seconds === undefined) writeTime(this.#writer, this.#textAt(place), this.#times);
    else writeSeconds(this.#writer, seconds);
  }

  #intOrString(place: number): void {
    const writer = this.#writer;
    if (this.#tape[place + 2] === token.number) {
      writer.integer(this.#integer(place));
      writer.tag(2, wire.varint);
      writer.integer(0);
    } else {
      this.#string(3, place);
      writer.integer(1);
    }
    writer.tag(1, wire.varint);
  }

  #string(number: number, place: number): void {
    if (this.#tape[place + 2] === token.escaped) this.#writer.string(number, this.#textAt(place));
    else this.#writer.part(number, this.#bytes, this.#tape[place] as number, this.#tape[place + 1] as number);
  }

  #textAt(place: number): string {
    const from = this.#tape[place] as number;
    const to = this.#tape[place + 1] as number;
    if (this.#tape[place + 2] !== token.escaped) return this.#bytes.toString('utf8', from, to);
    return JSON.parse(this.#bytes.toString('utf8', from - 1, to + 1)) as string;
  }

  #integer(place: number): number {
    const from = this.#tape[place] as number;
    const to = this.#tape[place + 1] as number;
    const isNegative = this.#bytes[from] === minus;
    let value = 0;
    for (let at = isNegative ? from + 1 : from; at < to; at++) value = value * 10 + (this.#bytes[at] as number) - zero;
    return isNegative ? -value : value;
  }
}
