/** Bodies in Protocol Buffers, as typed Go clients (and `kubectl create …`) send them, turned into JSON values. */
import type { JsonObject } from '../../api/object.ts';
import type { Schemas } from '../../kinds/schema.ts';
import { type Message, type MessageField, Messages } from './messages.ts';
import { Reader, WireFault } from './reader.ts';
import { specialTypes } from './special.ts';

/** The media type of these bodies. */
export const protobufType = 'application/vnd.kubernetes.protobuf';

/** API: every body begins with these four bytes. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const deepest = 100;

/** What is around an object: whose it is, and its bytes. API: runtime.Unknown. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/** A decoded object, and what in it nobody here knows. */
export interface ProtobufObject {
  readonly value: JsonObject;
  readonly unknown: readonly string[];
}

/** Opens a body. Throws WireFault. */
export function openEnvelope(body: Buffer): Envelope {
  if (body.length < 4 || magic.compare(body, 0, 4) !== 0) {
    throw new WireFault('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const reader = new Reader(body.subarray(4));
  let [apiVersion, kind] = ['', ''];
  let raw: Buffer = Buffer.alloc(0);
  while (reader.next()) {
    if (reader.field === 2) raw = reader.bytes();
    else if (reader.field === 1) {
      const inner = new Reader(reader.bytes());
      while (inner.next()) {
        if (inner.field === 1) apiVersion = inner.bytes().toString('utf8');
        else if (inner.field === 2) kind = inner.bytes().toString('utf8');
        else inner.skip();
      }
    } else reader.skip();
  }
  return { apiVersion, kind, raw };
}

/** Decodes objects of the built-in types. */
export class ProtobufDecoder {
  readonly #schemas: Schemas;
  readonly #messages = new Messages();

  constructor(options: { schemas: Schemas }) {
    this.#schemas = options.schemas;
  }

  /** True when objects of this schema type can be read. */
  knows(type: string): boolean {
    return this.#messages.get(type) !== undefined;
  }

  /** The object in `bytes`. Throws WireFault. */
  decode(type: string, bytes: Buffer): ProtobufObject {
    const message = this.#messages.get(type);
    if (message === undefined) throw new WireFault(`no such message: ${type}`);
    const unknown: string[] = [];
    return { value: this.#message({ type, message, bytes, depth: 0, unknown }), unknown };
  }

  #message(of: { type: string; message: Message; bytes: Buffer; depth: number; unknown: string[] }): JsonObject {
    if (of.depth > deepest) throw new WireFault('nested too deep');
    const object: JsonObject = {};
    const schema = this.#schemas.get(of.type);
    const reader = new Reader(of.bytes);
    while (reader.next()) {
      const field = of.message.get(reader.field);
      if (field === undefined) {
        of.unknown.push(`unknown field number ${reader.field} of ${of.type.split('.').pop()}`);
        reader.skip();
        continue;
      }
      const value = this.#value(reader, field, of.depth, of.unknown);
      const isNamed = schema === undefined || schema.fields.has(field.name);
      if (field.inline) Object.assign(object, value);
      else if (isNamed || (value !== '' && value !== 0 && value !== false)) put(object, field, value);
    }
    return object;
  }

  #value(reader: Reader, field: MessageField, depth: number, unknown: string[]): unknown {
    if (field.shape !== 'map') return this.#single(reader, field.type, depth, unknown);
    const entry = new Reader(reader.bytes());
    let key = '';
    let value: unknown;
    while (entry.next()) {
      if (entry.field === 1) key = entry.bytes().toString('utf8');
      else if (entry.field === 2) value = this.#single(entry, field.type, depth, unknown);
      else entry.skip();
    }
    return [key, value ?? zeroOf(field.type)];
  }

  #single(reader: Reader, type: string, depth: number, unknown: string[]): unknown {
    switch (type) {
      case 'string':
        return reader.bytes().toString('utf8');
      case 'bytes':
        return reader.bytes().toString('base64');
      case 'bool':
        return reader.integer() !== 0;
      case 'double':
        return reader.double();
      case 'int32':
      case 'int64':
      case 'uint32':
      case 'uint64':
        return reader.integer();
      default:
        return this.#inner(reader.bytes(), type, depth, unknown);
    }
  }

  #inner(bytes: Buffer, type: string, depth: number, unknown: string[]): unknown {
    const special = specialTypes.get(type);
    if (special !== undefined) return special(bytes);
    const message = this.#messages.get(type);
    if (message !== undefined) return this.#message({ type, message, bytes, depth: depth + 1, unknown });
    // a list that Go gave a type of its own: its items are the first field
    const items: string[] = [];
    const reader = new Reader(bytes);
    while (reader.next()) {
      if (reader.field === 1) items.push(reader.bytes().toString('utf8'));
      else reader.skip();
    }
    return items;
  }
}

function zeroOf(type: string): unknown {
  if (type === 'string' || type === 'bytes') return '';
  return type.startsWith('io.') ? {} : type === 'bool' ? false : 0;
}

function put(object: JsonObject, field: MessageField, value: unknown): void {
  if (field.shape === 'one') {
    object[field.name] = value;
    return;
  }
  if (field.shape === 'list') {
    const list = object[field.name] as unknown[] | undefined;
    if (list === undefined) object[field.name] = [value];
    else list.push(value);
    return;
  }
  const [key, item] = value as [string, unknown];
  if (key === '__proto__') throw new WireFault('the field name "__proto__" is not accepted');
  const map = object[field.name] as JsonObject | undefined;
  if (map === undefined) object[field.name] = { [key]: item };
  else map[key] = item;
}
