/** Field numbers of the built-in types in Protocol Buffers, which some clients write their bodies in. */
import { readTable } from '../../kinds/data-file.ts';

/** One field. `type` is a scalar of Protocol Buffers or the name of a message. */
export interface MessageField {
  readonly name: string;
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
}

/** Fields by number. */
export type Message = ReadonlyMap<number, MessageField>;

function fieldOf(name: string, text: string): MessageField {
  if (text.startsWith('[')) return { name, type: text.slice(1, -1), shape: 'list' };
  if (text.startsWith('{')) return { name, type: text.slice(1, -1), shape: 'map' };
  return { name, type: text, shape: 'one' };
}

/** The messages by schema type, read when the first body of this form comes. */
export class Messages {
  #texts: Map<string, readonly string[]> | undefined;
  readonly #messages = new Map<string, Message>();

  /** The message of a type; undefined for types without one. */
  get(type: string): Message | undefined {
    const known = this.#messages.get(type);
    if (known !== undefined) return known;
    this.#texts ??= new Map(readTable('protobuf-fields.tsv', 1).map(([name = '', ...fields]) => [name, fields]));
    const texts = this.#texts.get(type);
    if (texts === undefined) return undefined;
    const message = new Map<number, MessageField>();
    for (const text of texts) {
      const [number = '', name = '', shape = ''] = text.split(' ');
      if (name !== '') message.set(Number(number), fieldOf(name, shape));
    }
    this.#messages.set(type, message);
    return message;
  }
}
