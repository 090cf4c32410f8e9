/** Header blocks of SPDY/3.1: names and values, deflated as one stream over all frames of a session. SPDY: 2.6.10. */
import { constants, createInflate, type Inflate } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';
import { SpdyError } from './frames.ts';

/** Names (lower case) and values. */
export type Headers = ReadonlyMap<string, string>;

/** One block holds at most this many bytes, deflated or not. */
const longestBlock = 32 * 1024;

/** Reads the blocks of one session. INVARIANT: every block is read, in the order of frames: each one needs those before. */
export class HeaderReader {
  readonly #inflate: Inflate;
  #pieces: Buffer[] = [];
  #size = 0;
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.#inflate = createInflate({ dictionary: spdyDictionary(), flush: constants.Z_SYNC_FLUSH });
    this.#inflate.on('data', (piece: Buffer) => {
      this.#size += piece.length;
      if (this.#size > longestBlock) this.#inflate.destroy(new SpdyError('a header block that is too long'));
      else this.#pieces.push(piece);
    });
    this.#inflate.on('error', (error) => this.#fail(error));
  }

  /** The headers of the next block. Rejects with SpdyError. */
  async read(block: Buffer): Promise<Headers> {
    await new Promise<void>((resolve, reject) => {
      this.#fail = (error) => reject(error instanceof SpdyError ? error : new SpdyError('a broken header block'));
      this.#inflate.write(block, (error) => (error == null ? resolve() : this.#fail(error)));
    });
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    return parse(bytes);
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function parse(bytes: Buffer): Headers {
  const headers = new Map<string, string>();
  let at = 0;
  const number = (): number => {
    if (at + 4 > bytes.length) throw new SpdyError('a header block that is cut short');
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (length > bytes.length - at) throw new SpdyError('a header block that is cut short');
    at += length;
    return bytes.toString('latin1', at - length, at);
  };
  for (let left = number(); left > 0; left -= 1) headers.set(text().toLowerCase(), text());
  return headers;
}

/** The bytes of a block before they are deflated. */
export function headerBytes(headers: Headers): Buffer {
  const parts: Buffer[] = [];
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  for (const [name, value] of headers) {
    add(Buffer.from(name, 'latin1'));
    add(Buffer.from(value, 'latin1'));
  }
  const count = Buffer.alloc(4);
  count.writeUInt32BE(headers.size);
  return Buffer.concat([count, ...parts]);
}

/** Writes blocks stored, not compressed, so that no state is needed: they are few and short. */
export class HeaderWriter {
  #begun = false;

  /** The block of the headers, fewer than 64 KiB of them. */
  write(headers: Headers = new Map()): Buffer {
    const bytes = headerBytes(headers);
    // RFC 1951: a stored block, and an empty one, which makes inflaters give out what they have.
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(bytes.length, 1);
    stored.writeUInt16LE(~bytes.length & 0xffff, 3);
    const block = Buffer.concat([stored, bytes, Buffer.from([0, 0, 0, 0xff, 0xff])]);
    if (this.#begun) return block;
    this.#begun = true;
    // RFC 1950: the two bytes that begin the stream
    return Buffer.concat([Buffer.from([0x78, 0x01]), block]);
  }
}
