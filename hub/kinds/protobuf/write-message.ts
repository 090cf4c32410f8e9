/** From an object as JSON has it to a message, written from its end to its beginning. */
import { form, type Message, type Messages, schemaType, type WireField } from './messages.ts';
import {
  NoProtobuf,
  writeDuration,
  writeIntOrString,
  writeJson,
  writeStrings,
  writeText,
  writeTime,
} from './special-write.ts';
import { wire } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

type Fields = Record<string, unknown>;

/** Writes messages into one writer. */
export class MessageWriter {
  readonly #messages: Messages;
  readonly #writer: WireWriter;
  readonly #strict: boolean;
  readonly #times = new Map<string, number>();

  /** `strict`: refuse fields whose number is not known, instead of leaving them out. */
  constructor(messages: Messages, writer: WireWriter, strict: boolean) {
    this.#messages = messages;
    this.#writer = writer;
    this.#strict = strict;
  }

  /** Writes the fields of `object`. Throws NoProtobuf for what cannot be said. */
  fields(message: Message, object: Fields): void {
    if (message.byName === undefined) {
      if (this.#strict) for (const name in object) this.#check(message, name, object[name]);
      this.#known(message, object);
    } else {
      for (const field of this.#set(message, message.byName, object)) this.#field(field, object[field.name]);
    }
  }

  #check(message: Message, name: string, value: unknown): void {
    if (message.names.has(name) || value === undefined || value === null) return;
    // the envelope says kind and version
    if (name !== 'kind' && name !== 'apiVersion') throw new NoProtobuf(`${message.type}.${name}`);
  }

  /** The fields that `object` has, highest number first: mostly few of many. */
  #set(message: Message, byName: ReadonlyMap<string, WireField>, object: Fields): WireField[] {
    const found: WireField[] = [];
    for (const name in object) {
      const value = object[name];
      if (value === undefined || value === null) continue;
      const field = byName.get(name);
      if (field === undefined) {
        if (this.#strict) this.#check(message, name, value);
        continue;
      }
      let at = found.length;
      found.push(field);
      for (; at > 0 && (found[at - 1] as WireField).number < field.number; at--) found[at] = found[at - 1] as WireField;
      found[at] = field;
    }
    return found;
  }

  /** The same for a message in whose place JSON has the fields of others. */
  #known(message: Message, object: Fields): void {
    for (const field of message.descending) {
      if (field.inline) {
        const before = this.#writer.size;
        this.#known(this.#message(field.type), object);
        this.#writer.wrap(field.number, before);
        continue;
      }
      const value = object[field.name];
      if (value !== undefined && value !== null) this.#field(field, value);
    }
  }

  #message(type: string): Message {
    const message = this.#messages.get(type);
    if (message === undefined) throw new NoProtobuf(type);
    return message;
  }

  #field(field: WireField, value: unknown): void {
    if (field.holds === 'one') this.#value(field, field.number, value);
    else if (field.holds === 'list') {
      const list = value as readonly unknown[];
      for (let index = list.length - 1; index >= 0; index--) this.#value(field, field.number, list[index]);
    } else this.#map(field, value as Fields);
  }

  /** API: entries are sorted, so that equal objects have equal bytes. */
  #map(field: WireField, map: Fields): void {
    for (const key of Object.keys(map).sort().reverse()) {
      const before = this.#writer.size;
      this.#value(field, 2, map[key]);
      this.#writer.string(1, key);
      this.#writer.wrap(field.number, before);
    }
  }

  #value(field: WireField, number: number, value: unknown): void {
    const writer = this.#writer;
    switch (field.form) {
      case form.string:
        writer.string(number, value as string);
        return;
      case form.bool:
        writer.integer(value === true ? 1 : 0);
        writer.tag(number, wire.varint);
        return;
      case form.int32:
      case form.int64:
        writer.integer(value as number);
        writer.tag(number, wire.varint);
        return;
      case form.double:
        writer.double(value as number);
        writer.tag(number, wire.fixed64);
        return;
      case form.bytes:
        writer.bytes(number, Buffer.from(value as string, 'base64'));
        return;
      default: {
        const before = writer.size;
        this.#inside(field, value);
        writer.wrap(number, before);
      }
    }
  }

  /** The fields of a value that is a message. */
  #inside(field: WireField, value: unknown): void {
    const writer = this.#writer;
    switch (field.form) {
      case form.message:
        this.fields(this.#message(field.type), (value ?? {}) as Fields);
        return;
      case form.time:
      case form.microTime:
        writeTime(writer, value, this.#times);
        return;
      case form.quantity:
        writeText(writer, value);
        return;
      case form.intOrString:
        writeIntOrString(writer, value);
        return;
      case form.json:
        writeJson(writer, value);
        return;
      case form.strings:
        writeStrings(writer, value ?? []);
        return;
      case form.duration:
        writeDuration(writer, value);
        return;
      default:
        this.#schemaOr(field, value);
    }
  }

  #schemaOr(field: WireField, value: unknown): void {
    const writer = this.#writer;
    const schema = (number: number, one: unknown): void => {
      const before = writer.size;
      this.fields(this.#message(schemaType), one as Fields);
      writer.wrap(number, before);
    };
    if (typeof value === 'boolean') {
      writer.integer(value ? 1 : 0);
      writer.tag(1, wire.varint);
    } else if (field.form === form.schemaOrBool) {
      schema(2, value);
      writer.integer(1);
      writer.tag(1, wire.varint);
    } else if (!Array.isArray(value)) schema(1, value);
    else {
      for (let index = value.length - 1; index >= 0; index--) {
        if (typeof value[index] === 'string') writer.string(2, value[index] as string);
        else schema(2, value[index]);
      }
    }
  }
}
