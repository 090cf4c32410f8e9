/**
 * Messages as bytes and back, guided by a proto file. What is read has every field, unset ones with their default, a message
 * that is unset as null; numbers of 64 bits are JavaScript's, exact up to 2^53. What is written leaves out what is unset.
 */
import type { Field, ProtoFile } from './proto-file.ts';

/** Writes and reads one message. */
export interface Codec {
  write(message: object): Buffer;
  /** Throws when the bytes are no message of this type. */
  read(bytes: Buffer): object;
}

type Message = Readonly<Record<string, unknown>>;

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Bytes of a varint of 64 bits, at most. */
const longest = 10;

/** The codec of message `name` in `file`. */
export function codecOf(file: ProtoFile, name: string): Codec {
  return {
    write: (message) => writeMessage(file, name, message as Message),
    read: (bytes) => readMessage(file, name, bytes),
  };
}

function fieldsOf(file: ProtoFile, name: string): readonly Field[] {
  const fields = file.messages.get(name);
  if (fields === undefined) throw new Error(`there is no message ${name}`);
  return fields;
}

function writeMessage(file: ProtoFile, name: string, message: Message): Buffer {
  const parts: Buffer[] = [];
  for (const field of fieldsOf(file, name)) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (field.kind === 'map')
      for (const entry of Object.entries(value as Record<string, string>)) parts.push(...mapEntry(field, entry));
    else if (!field.repeated) parts.push(...writeField(file, field, value, false));
    else if (field.kind === 'number') parts.push(...packed(field, value as readonly number[]));
    else for (const each of value as readonly unknown[]) parts.push(...writeField(file, field, each, true));
  }
  return Buffer.concat(parts);
}

/** `always`: also what is its type's default, which an element of a list may be. */
function writeField(file: ProtoFile, field: Field, value: unknown, always: boolean): Buffer[] {
  const { kind, type } = field;
  if (kind === 'message') return delimited(field, writeMessage(file, type, value as Message));
  if (kind === 'string' || kind === 'bytes') {
    const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Buffer);
    return bytes.length > 0 || always ? delimited(field, bytes) : [];
  }
  const number = kind === 'enum' ? (file.enums.get(type)?.get(String(value)) ?? 0) : Number(value);
  return number !== 0 || always ? [tag(field, wire.varint), varint(number)] : [];
}

const tag = (field: Pick<Field, 'number'>, type: number): Buffer => varint(field.number * 8 + type);

function delimited(field: Pick<Field, 'number'>, bytes: Buffer): Buffer[] {
  return [tag(field, wire.bytes), varint(bytes.length), bytes];
}

function packed(field: Field, values: readonly number[]): Buffer[] {
  return values.length === 0 ? [] : delimited(field, Buffer.concat(values.map(varint)));
}

function mapEntry(field: Field, [key, value]: [string, string]): Buffer[] {
  const entry = [...delimited({ number: 1 }, Buffer.from(key)), ...delimited({ number: 2 }, Buffer.from(value))];
  return delimited(field, Buffer.concat(entry));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  // a negative number is written as 64 bits in two's complement
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(Math.trunc(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function readMessage(file: ProtoFile, name: string, bytes: Buffer): object {
  const fields = fieldsOf(file, name);
  const message: Record<string, unknown> = {};
  for (const field of fields) message[field.name] = unset(file, field);
  const reader = new Reader(bytes);
  while (!reader.done) {
    const start = reader.number();
    const type = start & 7;
    const field = fields.find(({ number }) => number === start >>> 3);
    if (field === undefined) reader.skip(type);
    else if (type === wire.varint) take(message, field, scalar(file, field, reader.number()));
    else if (type === wire.bytes) takeBytes(file, message, field, reader.bytes());
    else throw new Error(`field ${field.name} of ${name} is of another type`);
  }
  return message;
}

function unset(file: ProtoFile, { kind, type, repeated }: Field): unknown {
  if (repeated) return [];
  if (kind === 'enum') return enumName(file, type, 0);
  return { string: '', bytes: Buffer.alloc(0), bool: false, number: 0, message: null, map: {} }[kind];
}

function enumName(file: ProtoFile, type: string, number: number): string {
  for (const [name, value] of file.enums.get(type) ?? []) if (value === number) return name;
  return String(number);
}

function scalar(file: ProtoFile, { kind, type }: Field, number: number): unknown {
  if (kind === 'bool') return number !== 0;
  return kind === 'enum' ? enumName(file, type, number) : number;
}

function take(message: Record<string, unknown>, { name, repeated }: Field, value: unknown): void {
  if (repeated) (message[name] as unknown[]).push(value);
  else message[name] = value;
}

function takeBytes(file: ProtoFile, message: Record<string, unknown>, field: Field, bytes: Buffer): void {
  const { kind, type, name } = field;
  if (kind === 'string') take(message, field, bytes.toString('utf8'));
  // a copy: the whole answer must not live as long as a part of it
  else if (kind === 'bytes') take(message, field, Buffer.from(bytes));
  else if (kind === 'message') take(message, field, readMessage(file, type, bytes));
  else if (kind === 'map') {
    const { key, value } = readMessage(mapFile, 'Entry', bytes) as { key: string; value: string };
    Object.defineProperty(message[name], key, { value, enumerable: true, configurable: true, writable: true });
  } else
    for (const reader = new Reader(bytes); !reader.done; ) take(message, field, scalar(file, field, reader.number()));
}

/** What a map is made of. */
const mapFile: ProtoFile = {
  messages: new Map([
    [
      'Entry',
      [
        { name: 'key', number: 1, kind: 'string', repeated: false, type: 'string' },
        { name: 'value', number: 2, kind: 'string', repeated: false, type: 'string' },
      ],
    ],
  ]),
  enums: new Map(),
  calls: new Map(),
};

/** Goes through bytes from the front. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A varint; negative ones are those of 64 bits in two's complement. */
  number(): number {
    let value = 0;
    for (let index = 0; index < longest; index++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('a message ends in the middle');
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value >= 2 ** 63 ? this.#negative(index + 1) : value;
    }
    throw new Error('a number in a message is too long');
  }

  bytes(): Buffer {
    const length = this.number();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new Error('a message ends in the middle');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  skip(type: number): void {
    if (type === wire.varint) this.number();
    else if (type === wire.bytes) this.bytes();
    else if (type === wire.fixed64) this.#at += 8;
    else if (type === wire.fixed32) this.#at += 4;
    else throw new Error(`a message has a field of the unknown type ${type}`);
  }

  /** The number whose last `length` bytes were just read. */
  #negative(length: number): number {
    let bits = 0n;
    for (let index = 0; index < length; index++)
      bits |= BigInt((this.#bytes[this.#at - length + index] ?? 0) & 0x7f) << BigInt(7 * index);
    return Number(BigInt.asIntN(64, bits));
  }
}
