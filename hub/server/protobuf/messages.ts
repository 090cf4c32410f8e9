/** Field numbers of the built-in types in Protocol Buffers, which some clients write their bodies in. */
import { readTable } from '../../kinds/data-file.ts';

/** One field. `type` is a scalar of Protocol Buffers or the name of a message. */
export interface MessageField {
  readonly name: string;
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
  /** JSON has the fields of the message in place of it. */
  readonly inline: boolean;
}

/** Fields by number. */
export type Message = ReadonlyMap<number, MessageField>;

/** `*→x`, `^x`, `[x]`, `{x}`: see the table's heading. */
function fieldOf(name: string, form: string): MessageField {
  const text = form.startsWith('*') ? form.slice(1) : form;
  const shape = text.startsWith('[') ? 'list' : text.startsWith('{') ? 'map' : 'one';
  const inner = shape === 'one' ? text : text.slice(1, -1);
  const inline = inner.startsWith('^');
  return { name, type: inline || inner.startsWith('→') ? inner.slice(1) : inner, shape, inline };
}

/** The messages by schema type, read when the first body of this form comes. */
export class Messages {
  #messages: Map<string, Map<number, MessageField>> | undefined;

  /** The message of a type; undefined for types without one. */
  get(type: string): Message | undefined {
    this.#messages ??= readMessages();
    return this.#messages.get(type);
  }
}

function readMessages(): Map<string, Map<number, MessageField>> {
  const messages = new Map<string, Map<number, MessageField>>();
  for (const [type = '', name = '', number = '', form = ''] of readTable('protobuf-fields.tsv', 4)) {
    let message = messages.get(type);
    if (message === undefined) {
      message = new Map();
      messages.set(type, message);
    }
    message.set(Number(number), fieldOf(name, form));
  }
  return messages;
}
