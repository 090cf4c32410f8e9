/** Finds fields of a message by the bytes of their names in JSON, without making texts of them. */
import type { Message, Messages, WireField } from './messages.ts';

/** A field, and the message it stands in when JSON has that message's fields in place of it. */
export interface NamedField {
  readonly field: WireField;
  readonly name: Buffer;
  /** Its place among all fields of the message. */
  readonly id: number;
  /** The field whose message has it; undefined for a field of the message itself. */
  readonly inside: WireField | undefined;
  /** The fields of the message it holds, once they were asked for. */
  inner: FieldNames | undefined;
}

/** So many places names are spread over; a power of two. */
const places = 64;

const placeOf = (length: number, first: number, last: number): number => (length * 7 + first + last * 5) & (places - 1);

/** The fields of one message. */
export class FieldNames {
  readonly message: Message;
  readonly all: readonly NamedField[];
  /** Some of its fields are messages that JSON does not show. */
  readonly hasInline: boolean;
  /** First of a chain for each place, and the next one of each id; -1 ends it. */
  readonly #first = new Int16Array(places).fill(-1);
  readonly #next: Int16Array;

  private constructor(message: Message, all: readonly NamedField[]) {
    this.message = message;
    this.all = all;
    this.hasInline = message.byName === undefined;
    this.#next = new Int16Array(all.length);
    for (const { id, name } of all) {
      const place = placeOf(name.length, name[0] ?? 0, name.at(-1) ?? 0);
      this.#next[id] = this.#first[place] ?? -1;
      this.#first[place] = id;
    }
  }

  /** Undefined for a message that is too unusual: one whose hidden messages have hidden ones themselves. */
  static of(messages: Messages, message: Message): FieldNames | undefined {
    const all: NamedField[] = [];
    const add = (field: WireField, inside: WireField | undefined): void => {
      all.push({ field, name: Buffer.from(field.name), id: all.length, inside, inner: undefined });
    };
    for (const field of message.descending) {
      const inner = field.inline ? messages.get(field.type) : undefined;
      if (!field.inline) add(field, undefined);
      else if (inner === undefined || inner.descending.some((one) => one.inline)) return undefined;
      else for (const one of inner.descending) add(one, field);
    }
    return new FieldNames(message, all);
  }

  /** The one whose name lies there. */
  find(bytes: Buffer, from: number, to: number): NamedField | undefined {
    let id = this.#first[placeOf(to - from, bytes[from] as number, bytes[to - 1] as number)] as number;
    for (; id >= 0; id = this.#next[id] as number) {
      const one = this.all[id] as NamedField;
      if (isName(bytes, from, to, one.name)) return one;
    }
    return undefined;
  }
}

function isName(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false;
  return true;
}
