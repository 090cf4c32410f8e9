/** Protocol Buffers on the wire: just what nested messages of strings and booleans need. */

/** Adds to a message that is being written. */
export interface MessageWriter {
  string(field: number, value: string | undefined): void;
  boolean(field: number, value: boolean | undefined): void;
  message(field: number, write: (writer: MessageWriter) => void): void;
}

const lengthDelimited = 2;
const varint = 0;

/** The bytes of an unsigned number, seven bits each, lowest first. */
function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

class ChunkWriter implements MessageWriter {
  readonly chunks: Buffer[] = [];
  length = 0;

  string(field: number, value: string | undefined): void {
    if (value === undefined || value === '') return;
    const bytes = Buffer.from(value);
    this.#head(field, bytes.length);
    this.#push(bytes);
  }

  boolean(field: number, value: boolean | undefined): void {
    if (value === true) this.#push(Buffer.from([...varintBytes(field * 8 + varint), 1]));
  }

  message(field: number, write: (writer: MessageWriter) => void): void {
    const inner = new ChunkWriter();
    write(inner);
    this.#head(field, inner.length);
    for (const chunk of inner.chunks) this.chunks.push(chunk);
    this.length += inner.length;
  }

  #head(field: number, length: number): void {
    this.#push(Buffer.from([...varintBytes(field * 8 + lengthDelimited), ...varintBytes(length)]));
  }

  #push(bytes: Buffer): void {
    this.chunks.push(bytes);
    this.length += bytes.length;
  }
}

/** The bytes of one message. */
export function encodeMessage(write: (writer: MessageWriter) => void): Buffer {
  const writer = new ChunkWriter();
  write(writer);
  return Buffer.concat(writer.chunks, writer.length);
}
