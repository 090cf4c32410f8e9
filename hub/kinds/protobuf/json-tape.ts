/** Reads the JSON of an object onto a tape, so that a message can be written from its end to its beginning without an object in between. */
import { Viewed } from '../json-key.ts';
import { endOfText, endOfValue, isName } from '../json-parts.ts';
import { FieldNames, type NamedField } from './field-names.ts';
import { form, type Message, type Messages, type WireField } from './messages.ts';
import { Tape, token, unwritten } from './tape.ts';

/** Something that takes more than looking at the bytes: the object has to be parsed. */
export class NotPlain extends Error {}

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

/** API: kind and apiVersion are in the envelope. */
const kind = Buffer.from('kind');
const apiVersion = Buffer.from('apiVersion');
const isOfEnvelope = (bytes: Buffer, from: number, to: number): boolean =>
  isName(bytes, from, to, kind) || isName(bytes, from, to, apiVersion);

/** Texts of fewer bytes are read at one go. */
const shortText = 48;

const plain = new NotPlain();

/** The reader. Keep one for objects that are likely to have much in common. */
export class JsonTape {
  readonly #messages: Messages;
  readonly #names = new Map<Message, FieldNames | undefined>();
  readonly #tape = new Tape();
  readonly #viewed = new Viewed();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  get cells(): Int32Array {
    return this.#tape.cells;
  }

  /** Reads an object; answers its place. Throws NotPlain. */
  read(message: Message, bytes: Buffer): number {
    this.#bytes = bytes;
    this.#viewed.look(bytes);
    this.#at = 0;
    this.#tape.clear();
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
    const begin = this.#tape.open();
    let before = -1;
    for (let more = this.#opens(openBrace, closeBrace); more; more = this.#goesOn(closeBrace)) {
      const field = this.#named(names, before);
      const isNull = bytes[this.#at] === letterN;
      if (field === undefined || isNull) this.#at = endOfValue(bytes, this.#at);
      if (field === undefined) continue;
      before = field.id;
      if (isNull) continue;
      const value = field.mayRepeat ? this.#repeated(field) : this.#held(field);
      this.#tape.pushField(begin, before, value);
    }
    return this.#tape.close(begin, 2);
  }

  /** Goes behind the name of a field: most likely the one that stood behind the same field the last time. Undefined for the kind. */
  #named(names: FieldNames, before: number): NamedField | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    const likely = names.follower(before);
    if (likely?.key?.isAt(this.#viewed, at)) {
      this.#at = at + likely.key.length;
      return likely;
    }
    const to = this.#key();
    const found = names.find(bytes, at + 1, to);
    if (found !== undefined) names.follows(before, found);
    else if (bytes[this.#at] !== letterN && !isOfEnvelope(bytes, at + 1, to)) throw plain;
    return found;
  }

  #held(named: NamedField): number {
    const { holds } = named.field;
    if (holds === 'one') return this.#value(named);
    return holds === 'list' ? this.#list(named) : this.#map(named);
  }

  /** What an object before had in the same field, to the byte, is not read: it is written already. */
  #repeated(field: NamedField): number {
    const from = this.#at;
    const known = field.repeats?.find(this.#bytes, from);
    if (known !== undefined) {
      this.#at = from + known.length;
      return this.#tape.repeatable(from, this.#at, known.made.before, known.made.size);
    }
    const value = this.#held(field);
    return this.#tape.repeatable(from, this.#at, unwritten, value);
  }

  #list(field: NamedField): number {
    const begin = this.#tape.open();
    for (let more = this.#opens(openBracket, closeBracket); more; more = this.#goesOn(closeBracket)) {
      this.#tape.push(this.#value(field));
    }
    return this.#tape.close(begin, 1);
  }

  #map(field: NamedField): number {
    const bytes = this.#bytes;
    const begin = this.#tape.open();
    for (let more = this.#opens(openBrace, closeBrace); more; more = this.#goesOn(closeBrace)) {
      const from = this.#at + 1;
      const to = this.#key();
      const isEscaped = bytes.subarray(from, to).includes(backslash);
      const value = this.#value(field);
      this.#tape.push(from);
      this.#tape.push(to);
      this.#tape.push(isEscaped ? token.escaped : token.text);
      this.#tape.push(value);
    }
    return this.#tape.close(begin, 4);
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
      return this.#tape.scalar(from, this.#at, token.json);
    }
    switch (this.#bytes[from]) {
      case quote:
        return this.#text(field, from + 1);
      case letterT:
      case letterF:
        if (field.form !== form.bool) throw plain;
        this.#at = endOfValue(this.#bytes, from);
        return this.#tape.scalar(from, this.#at, this.#bytes[from] === letterT ? token.yes : token.no);
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
    let to = from;
    let byte = bytes[to];
    for (const near = from + shortText; byte !== quote && byte !== backslash && to < near; ) byte = bytes[++to];
    let isEscaped = false;
    if (byte !== quote) {
      let at = to;
      to = endOfText(bytes, from);
      for (; at < to && !isEscaped; at++) isEscaped = bytes[at] === backslash;
    }
    if (isEscaped && as !== form.string) throw plain;
    this.#at = to + 1;
    return this.#tape.scalar(from, to, isEscaped ? token.escaped : token.text);
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
    return this.#tape.scalar(from, to, token.number);
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

  /** Goes behind the beginning of what has parts: true before a first one, behind all of it when there is none. */
  #opens(begin: number, end: number): boolean {
    const bytes = this.#bytes;
    if (bytes[this.#at++] !== begin) throw plain;
    if (bytes[this.#at] !== end) return true;
    this.#at++;
    return false;
  }

  /** Behind a part: true before another one. */
  #goesOn(end: number): boolean {
    const byte = this.#bytes[this.#at++];
    if (byte === comma) return true;
    if (byte !== end) throw plain;
    return false;
  }
}
