/** From a message to the object JSON would have: what Go's decoder makes of the same bytes. */
import { refuseForbiddenKey } from '../decode.ts';
import { form, type Message, type Messages, schemaType, type WireField } from './messages.ts';
import {
  eachField,
  readDuration,
  readIntOrString,
  readJson,
  readMicroTime,
  readStrings,
  readText,
  readTime,
} from './special-read.ts';
import { itemWireOf, wireOf, zeroOf } from './wire-form.ts';
import { ProtobufFault, wire, type WireReader } from './wire-reader.ts';

type Fields = Record<string, unknown>;

/** Messages inside one another; Kubernetes' own kinds need about 20. */
const maxDepth = 500;

/** `clusterIP` → `ClusterIP`, as Go's errors name fields. */
const goName = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** One walk over one message. */
export class MessageReader {
  readonly #messages: Messages;
  readonly #reader: WireReader;
  #depth = 0;

  constructor(messages: Messages, reader: WireReader) {
    this.#messages = messages;
    this.#reader = reader;
  }

  /** Reads to the end of the reader into `target`. Unknown fields are left out. Throws ProtobufFault. */
  fields(message: Message, target: Fields): void {
    const reader = this.#reader;
    if (++this.#depth > maxDepth) throw new ProtobufFault(`proto: exceeded max depth of ${maxDepth}`);
    while (reader.at < reader.end) {
      const tag = reader.tag();
      const number = tag >>> 3;
      const type = tag & 7;
      if (number === 0 || type === wire.groupEnd) throw this.#badTag(message, number, type);
      const field = message.byNumber.get(number);
      if (field === undefined) reader.skip(type);
      else if (type === wireOf(field)) this.#field(field, target);
      else if (type === wire.bytes && field.holds === 'list') this.#packed(field, target);
      else throw new ProtobufFault(`proto: wrong wireType = ${type} for field ${goName(field.name)}`);
    }
    this.#depth -= 1;
  }

  #badTag(message: Message, number: number, type: number): ProtobufFault {
    const name = message.type.slice(message.type.lastIndexOf('.') + 1);
    return type === wire.groupEnd
      ? new ProtobufFault(`proto: ${name}: wiretype end group for non-group`)
      : new ProtobufFault(`proto: ${name}: illegal tag ${number} (wire type ${type})`);
  }

  #field(field: WireField, target: Fields): void {
    const { name } = field;
    if (field.holds === 'list') {
      const list = target[name] as unknown[] | undefined;
      if (list === undefined) target[name] = [this.#value(field, undefined)];
      else list.push(this.#value(field, undefined));
    } else if (field.holds === 'map') {
      const map = (target[name] as Fields | undefined) ?? {};
      target[name] = map;
      this.#entry(field, map);
    } else if (field.inline) {
      this.#message(field.type, target);
    } else {
      const value = this.#value(field, target[name]);
      const isZero = value === null || (!field.pointer && (value === '' || value === 0 || value === false));
      if (!isZero) target[name] = value;
      else if (target[name] !== undefined) delete target[name];
    }
  }

  /** Numbers and booleans one after the other, which old encoders never write but decoders take. */
  #packed(field: WireField, target: Fields): void {
    const reader = this.#reader;
    const outer = reader.end;
    reader.end = reader.length();
    const list = (target[field.name] as unknown[] | undefined) ?? [];
    while (reader.at < reader.end) list.push(this.#value(field, undefined));
    if (list.length > 0) target[field.name] = list;
    reader.end = outer;
  }

  #entry(field: WireField, map: Fields): void {
    let key = '';
    let value: unknown;
    const itemWire = itemWireOf(field);
    eachField(this.#reader, (number, type) => {
      if (number === 1 && type === wire.bytes) key = this.#reader.string();
      else if (number === 2 && type === itemWire) value = this.#value(field, undefined);
      else return false;
      return true;
    });
    if (key === '__proto__') refuseForbiddenKey();
    map[key] = value ?? zeroOf(field);
  }

  /** One value. A message that comes twice is merged into what came before. */
  #value(field: WireField, before: unknown): unknown {
    const reader = this.#reader;
    switch (field.form) {
      case form.string:
        return reader.string();
      case form.message:
        return this.#message(field.type, (before as Fields | undefined) ?? {});
      case form.bool:
        return reader.bool();
      case form.int32:
        return reader.int32();
      case form.int64:
        return reader.int64();
      case form.double:
        return reader.double();
      case form.bytes:
        return reader.view().toString('base64');
      case form.time:
        return readTime(reader);
      case form.microTime:
        return readMicroTime(reader);
      case form.quantity:
        return readText(reader);
      case form.intOrString:
        return readIntOrString(reader);
      case form.json:
        return readJson(reader);
      case form.strings:
        return readStrings(reader);
      case form.duration:
        return readDuration(reader);
      default:
        return this.#schemaOr(field);
    }
  }

  #message(type: string, target: Fields): Fields {
    const message = this.#messages.get(type);
    const reader = this.#reader;
    const outer = reader.end;
    const end = reader.length();
    if (message === undefined) reader.at = end;
    else {
      reader.end = end;
      this.fields(message, target);
      reader.end = outer;
    }
    return target;
  }

  /** A schema in one field, and its alternative in the other: schemas, a boolean, or names. */
  #schemaOr(field: WireField): unknown {
    const reader = this.#reader;
    const isSchema = field.form === form.schemaOrBool ? 2 : 1;
    let schema: Fields | undefined;
    let allows = false;
    const others: unknown[] = [];
    eachField(reader, (number, type) => {
      if (number === isSchema && type === wire.bytes) schema = this.#message(schemaType, schema ?? {});
      else if (number === 1 && type === wire.varint) allows = reader.bool();
      else if (number === 2 && type === wire.bytes) {
        others.push(field.form === form.schemaOrArray ? this.#message(schemaType, {}) : reader.string());
      } else return false;
      return true;
    });
    if (field.form === form.schemaOrBool) return schema ?? allows;
    return others.length > 0 ? others : (schema ?? null);
  }
}
