/** Finds fields of a message by the bytes of their names in JSON, without making texts of them. */
import { JsonKey } from '../json-key.ts';
import { isName } from '../json-parts.ts';
import type { Repeats } from '../repeats.ts';
import { form, type Message, type Messages, type WireField } from './messages.ts';

/** Where the message of a value was written: so far from the end, and so long. */
export interface Written {
  readonly before: number;
  readonly size: number;
}

/** A field, and the message it stands in when JSON has that message's fields in place of it. */
export interface NamedField {
  readonly field: WireField;
  readonly name: Buffer;
  /** The same, once it was found. */
  key: JsonKey | undefined;
  /** Its place among all fields of the message, highest number first; those of a hidden message in the place of that. */
  readonly id: number;
  /** The field whose message has it; undefined for a field of the message itself. */
  readonly inside: WireField | undefined;
  /** The fields of the message it holds, once they were asked for. */
  inner: FieldNames | undefined;
  /** Its values stand in braces or brackets. */
  readonly mayRepeat: boolean;
  /** The last of them, once there was one. */
  repeats: Repeats<Written> | undefined;
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
  /** The id of the one that came behind each one the last time, from 1 on, and of the first; -1 while none has. */
  readonly #followers: Int16Array;

  private constructor(message: Message, all: readonly NamedField[]) {
    this.message = message;
    this.all = all;
    this.hasInline = message.byName === undefined;
    this.#next = new Int16Array(all.length);
    this.#followers = new Int16Array(all.length + 1).fill(-1);
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
      const mayRepeat = field.holds !== 'one' || field.form === form.message || field.form === form.json;
      const name = Buffer.from(field.name);
      const unseen = { inner: undefined, key: undefined, repeats: undefined };
      all.push({ field, name, id: all.length, inside, mayRepeat, ...unseen });
    };
    for (const field of message.descending) {
      const inner = field.inline ? messages.get(field.type) : undefined;
      if (!field.inline) add(field, undefined);
      else if (inner === undefined || inner.descending.some((one) => one.inline)) return undefined;
      else for (const one of inner.descending) add(one, field);
    }
    return new FieldNames(message, all);
  }

  /** The one that came behind the field of id `before` the last time; -1 for the first. */
  follower(before: number): NamedField | undefined {
    return this.all[this.#followers[before + 1] as number];
  }

  /** Remembers which one it was. */
  follows(before: number, found: NamedField): void {
    found.key ??= new JsonKey(found.field.name);
    this.#followers[before + 1] = found.id;
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
