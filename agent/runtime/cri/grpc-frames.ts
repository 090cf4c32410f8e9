/** Messages in a gRPC stream: each with a byte that says whether it is compressed, and its length. */

/** Bytes before a message. */
const head = 5;

/** A message as it is sent. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.alloc(head + message.length);
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, head);
  return framed;
}

/** Cuts what arrives into messages of at most `limit` bytes. */
export class Frames {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes of the message that is coming, with its head; unknown until the head is there. */
  #wanted = head;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The messages that are complete with `piece`. Throws when one is too long or compressed: we ask for neither. */
  take(piece: Buffer): Buffer[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const messages: Buffer[] = [];
    while (this.#length >= this.#wanted) {
      const all = this.#pieces.length === 1 ? (this.#pieces[0] ?? piece) : Buffer.concat(this.#pieces);
      this.#pieces = [all];
      const end = head + this.#messageLength(all);
      this.#wanted = end;
      if (all.length < end) break;
      messages.push(all.subarray(head, end));
      this.#pieces = all.length === end ? [] : [all.subarray(end)];
      this.#length = all.length - end;
      this.#wanted = head;
    }
    return messages;
  }

  #messageLength(bytes: Buffer): number {
    const length = bytes.readUInt32BE(1);
    if (bytes[0] !== 0) throw new Error('the container runtime answered with a compressed message');
    if (length > this.#limit) throw new Error(`the container runtime answered with ${length} bytes at once`);
    return length;
  }
}
