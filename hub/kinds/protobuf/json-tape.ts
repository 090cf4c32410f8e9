/**
 * Where the values of an object lie in its JSON: read once from its beginning to its end, so that a message can be written from its
 * end to its beginning without an object in between.
 */
import { endOfText, endOfValue } from '../json-parts.ts';
import { FieldNames, type NamedField } from './field-names.ts';
import { form, type Message, type Messages, type WireField } from './messages.ts';

/** Something that takes more than looking at the bytes: the object has to be parsed. */
export class NotPlain extends Error {}

/** What a value is. */
export const token = { text: 0, escaped: 1, number: 2, yes: 3, no: 4, json: 5 } as const;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
/** The first letters of `true`, `false` and `null`. */
const letterT = 0x74;
const letterF = 0x66;
const letterN = 0x6e;
/** A whole number of fewer digits is one to the last of them. */
const mostDigits = 15;

/** Names a message never has, which the envelope says. */
const kind = Buffer.from('kind');
const apiVersion = Buffer.from('apiVersion');

const plain = new NotPlain();

/**
 * The tape holds, for each value, from its place on: of a scalar where it begins, where it ends, and its token; of a message and a
 * list how many parts there are, and the place of each, in a message behind the id of its field; of a map the same behind where the
 * key begins, ends, and its token.
 */
export class JsonTape {
  readonly #messages: Messages;
  readonly #names = new Map<Message, FieldNames | undefined>();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #tape = new Int32Array(4096);
  #length = 0;
  /** Parts of what is being read. */
  #parts = new Int32Array(1024);
  #top = 0;

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  get tape(): Int32Array {
    return this.#tape;
  }

  /** Reads an object; answers its place. Throws NotPlain. */
  read(message: Message, bytes: Buffer): number {
    this.#bytes = bytes;
    this.#at = 0;
    this.#length = 0;
    this.#top = 0;
    return this.#message(this.namesOf(message));
  }

  /** The fields of a message. Throws NotPlain. */
  namesOf(message: Message): FieldNames {
    let names = this.#names.get(message);
    if (names === undefined && !this.#names.has(message)) {
      names = FieldNames.of(this.#messages, message);
      this.#names.set(message, names);
    }
    if (names === undefined) throw plain;
    return names;
  }

  #message(names: FieldNames): number {
    const bytes = this.#bytes;
    const begin = this.#top;
    if (bytes[this.#at] !== openBrace) throw plain;
    if (bytes[++this.#at] === closeBrace) this.#at++;
    else {
      for (let more = true; more; more = this.#goesOn(closeBrace)) {
        const from = this.#at + 1;
        const to = this.#key();
        const field = names.find(bytes, from, to);
        if (bytes[this.#at] === letterN) this.#at = endOfValue(bytes, this.#at);
        else if (field === undefined) this.#unknown(from, to);
        else {
          const value = this.#held(field);
          this.#insert(names, begin, field, value);
        }
      }
    }
    return this.#close(begin, 2);
  }

  /** What is no field of the message. API: kind and apiVersion are in the envelope. */
  #unknown(from: number, to: number): void {
    const bytes = this.#bytes;
    const is = (name: Buffer): boolean => name.compare(bytes, from, to) === 0;
    if (!is(kind) && !is(apiVersion)) throw plain;
    this.#at = endOfValue(bytes, this.#at);
  }

  #held(named: NamedField): number {
    const { holds } = named.field;
    if (holds === 'one') return this.#value(named);
    return holds === 'list' ? this.#list(named) : this.#map(named);
  }

  #list(field: NamedField): number {
    const bytes = this.#bytes;
    const begin = this.#top;
    if (bytes[this.#at] !== openBracket) throw plain;
    if (bytes[++this.#at] === closeBracket) this.#at++;
    else for (let more = true; more; more = this.#goesOn(closeBracket)) this.#push(this.#value(field));
    return this.#close(begin, 1);
  }

  #map(field: NamedField): number {
    const bytes = this.#bytes;
    const begin = this.#top;
    if (bytes[this.#at] !== openBrace) throw plain;
    if (bytes[++this.#at] === closeBrace) this.#at++;
    else {
      for (let more = true; more; more = this.#goesOn(closeBrace)) {
        const from = this.#at + 1;
        const to = this.#key();
        const isEscaped = bytes.subarray(from, to).includes(backslash);
        const value = this.#value(field);
        this.#push(from);
        this.#push(to);
        this.#push(isEscaped ? token.escaped : token.text);
        this.#push(value);
      }
    }
    return this.#close(begin, 4);
  }

  #value(named: NamedField): number {
    const { field } = named;
    const from = this.#at;
    if (field.form === form.message) {
      named.inner ??= this.#innerOf(field);
      return this.#message(named.inner);
    }
    if (field.form === form.json) {
      this.#at = endOfValue(this.#bytes, from);
      return this.#scalar(from, this.#at, token.json);
    }
    switch (this.#bytes[from]) {
      case quote:
        return this.#text(field, from + 1);
      case letterT:
      case letterF:
        if (field.form !== form.bool) throw plain;
        this.#at = endOfValue(this.#bytes, from);
        return this.#scalar(from, this.#at, this.#bytes[from] === letterT ? token.yes : token.no);
      default:
        return this.#number(field, from);
    }
  }

  #innerOf({ type }: WireField): FieldNames {
    const message = this.#messages.get(type);
    if (message === undefined) throw plain;
    return this.namesOf(message);
  }

  #text({ form: as }: WireField, from: number): number {
    const bytes = this.#bytes;
    const isText =
      as === form.string ||
      as === form.time ||
      as === form.microTime ||
      as === form.quantity ||
      as === form.intOrString;
    if (!isText && as !== form.bytes) throw plain;
    const to = endOfText(bytes, from);
    let isEscaped = false;
    for (let at = from; at < to && !isEscaped; at++) isEscaped = bytes[at] === backslash;
    if (isEscaped && as !== form.string) throw plain;
    this.#at = to + 1;
    return this.#scalar(from, to, isEscaped ? token.escaped : token.text);
  }

  #number({ form: as }: WireField, from: number): number {
    const isNumber = as === form.int32 || as === form.int64 || as === form.intOrString || as === form.quantity;
    const to = endOfValue(this.#bytes, from);
    if (!isNumber || to === from || to - from > mostDigits) throw plain;
    for (let at = from; at < to; at++) {
      const byte = this.#bytes[at] as number;
      if ((byte < 0x30 || byte > 0x39) && (at > from || byte !== 0x2d || to - from === 1)) throw plain;
    }
    this.#at = to;
    return this.#scalar(from, to, token.number);
  }

  /** Goes behind a name and its colon; answers where the name ends. */
  #key(): number {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== quote) throw plain;
    const to = endOfText(bytes, this.#at + 1);
    if (bytes[to + 1] !== colon) throw plain;
    this.#at = to + 2;
    return to;
  }

  /** Behind a part: true before another one. */
  #goesOn(end: number): boolean {
    const byte = this.#bytes[this.#at++];
    if (byte === comma) return true;
    if (byte !== end) throw plain;
    return false;
  }

  #scalar(from: number, to: number, what: number): number {
    const place = this.#room(3);
    this.#tape[place] = from;
    this.#tape[place + 1] = to;
    this.#tape[place + 2] = what;
    return place;
  }

  /** Puts the parts since `begin` onto the tape, each of `size` numbers. */
  #close(begin: number, size: number): number {
    const count = this.#top - begin;
    const place = this.#room(count + 1);
    const tape = this.#tape;
    const parts = this.#parts;
    tape[place] = count / size;
    for (let index = 0; index < count; index++) tape[place + 1 + index] = parts[begin + index] as number;
    this.#top = begin;
    return place;
  }

  #push(part: number): void {
    if (this.#top === this.#parts.length) {
      const longer = new Int32Array(this.#top * 2);
      longer.set(this.#parts);
      this.#parts = longer;
    }
    this.#parts[this.#top++] = part;
  }

  /** Keeps the fields of a message by number, highest first; those of several messages in one stay as they come. */
  #insert({ all, hasInline }: FieldNames, begin: number, { id, field }: NamedField, value: number): void {
    this.#push(id);
    this.#push(value);
    if (hasInline) return;
    const parts = this.#parts;
    let at = this.#top - 2;
    for (; at > begin; at -= 2) {
      const before = parts[at - 2] as number;
      if ((all[before] as NamedField).field.number >= field.number) break;
      parts[at] = before;
      parts[at + 1] = parts[at - 1] as number;
    }
    parts[at] = id;
    parts[at + 1] = value;
  }

  #room(count: number): number {
    const place = this.#length;
    this.#length += count;
    if (this.#length > this.#tape.length) {
      const longer = new Int32Array(Math.max(this.#length, this.#tape.length * 2));
      longer.set(this.#tape);
      this.#tape = longer;
    }
    return place;
  }
}
