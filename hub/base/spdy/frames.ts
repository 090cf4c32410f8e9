/** SPDY/3.1 frames: reading them from bytes however they are cut, and writing them. SPDY: draft 3.1, section 2.2. */

/** What a peer says. Data comes in pieces as it arrives; the last piece of a frame with FIN has `fin`. */
export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: 'syn'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'reply'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'headers'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'reset'; readonly stream: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway' }
  | { readonly type: 'ignored' };

/** The peer does not speak SPDY/3.1, or says too much at once. */
export class SpdyError extends Error {}

/** Control frames are at most this long, in bytes: their header blocks are small. */
const longestControl = 64 * 1024;
const version = 3;
const headLength = 8;
const fin = 1;
const types = { syn: 1, reply: 2, reset: 3, settings: 4, ping: 6, goaway: 7, headers: 8, window: 9 } as const;

/** Why a stream is reset. SPDY: 2.6.3. */
export const resetStatus = { protocolError: 1, refused: 3, cancel: 5, internalError: 6 } as const;

/** Turns bytes into frames. Holds no more than one control frame. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #data: { stream: number; left: number; fin: boolean } | undefined;

  /** The frames that are whole now. Throws SpdyError. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const taken = this.#data === undefined ? this.#head(bytes, frames) : this.#piece(bytes, frames);
      if (taken === 0) break;
      bytes = bytes.subarray(taken);
    }
    this.#rest = bytes;
    return frames;
  }

  /** A piece of a data frame: what is there of it. */
  #piece(bytes: Buffer, frames: Frame[]): number {
    const data = this.#data;
    if (data === undefined || bytes.length === 0) return 0;
    const piece = bytes.subarray(0, data.left);
    data.left -= piece.length;
    frames.push({ type: 'data', stream: data.stream, fin: data.fin && data.left === 0, data: piece });
    if (data.left === 0) this.#data = undefined;
    return piece.length;
  }

  #head(bytes: Buffer, frames: Frame[]): number {
    if (bytes.length < headLength) return 0;
    const first = bytes.readUInt32BE(0);
    const flags = bytes.readUInt8(4);
    const length = bytes.readUIntBE(5, 3);
    if (first < 0x80000000) {
      if (length > 0) this.#data = { stream: first, left: length, fin: (flags & fin) !== 0 };
      else frames.push({ type: 'data', stream: first, fin: (flags & fin) !== 0, data: bytes.subarray(0, 0) });
      return headLength;
    }
    if (((first >>> 16) & 0x7fff) !== version) throw new SpdyError('not SPDY version 3');
    if (length > longestControl) throw new SpdyError(`a control frame of ${length} bytes`);
    if (bytes.length < headLength + length) return 0;
    const body = bytes.subarray(headLength, headLength + length);
    frames.push(control(first & 0xffff, (flags & fin) !== 0, body));
    return headLength + length;
  }
}

function control(type: number, isLast: boolean, body: Buffer): Frame {
  const word = (at: number): number => {
    if (body.length < at + 4) throw new SpdyError('a control frame that is cut short');
    return body.readUInt32BE(at);
  };
  switch (type) {
    case types.syn:
      if (body.length < 10) throw new SpdyError('a SYN_STREAM that is cut short');
      return { type: 'syn', stream: word(0) & 0x7fffffff, fin: isLast, block: body.subarray(10) };
    case types.reply:
    case types.headers:
      return {
        type: type === types.reply ? 'reply' : 'headers',
        stream: word(0) & 0x7fffffff,
        fin: isLast,
        block: body.subarray(4),
      };
    case types.reset:
      return { type: 'reset', stream: word(0) & 0x7fffffff, status: word(4) };
    case types.ping:
      return { type: 'ping', id: word(0) };
    case types.goaway:
      return { type: 'goaway' };
    default:
      // SETTINGS and WINDOW_UPDATE: the clients of the API send them, and count on nothing. SPDY: 2.2.1.
      return { type: 'ignored' };
  }
}

function controlFrame(type: number, flags: number, parts: readonly (number | Buffer)[]): Buffer {
  const body = parts.map((part) => (typeof part === 'number' ? word(part) : part));
  const head = Buffer.alloc(headLength);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(
    body.reduce((sum, part) => sum + part.length, 0),
    5,
    3,
  );
  return Buffer.concat([head, ...body]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** The head of a data frame; `length` bytes follow, fewer than 16 MiB. */
export function dataHead(stream: number, length: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(stream, 0);
  head.writeUInt8(isLast ? fin : 0, 4);
  head.writeUIntBE(length, 5, 3);
  return head;
}

/** SYN_STREAM with the highest priority. */
export function synFrame(stream: number, block: Buffer, isLast = false): Buffer {
  return controlFrame(types.syn, isLast ? fin : 0, [stream, 0, Buffer.alloc(2), block]);
}

/** SYN_REPLY. */
export function replyFrame(stream: number, block: Buffer): Buffer {
  return controlFrame(types.reply, 0, [stream, block]);
}

/** RST_STREAM. */
export function resetFrame(stream: number, status: number): Buffer {
  return controlFrame(types.reset, 0, [stream, status]);
}

/** PING. */
export function pingFrame(id: number): Buffer {
  return controlFrame(types.ping, 0, [id]);
}

/** GOAWAY after `last`, the newest stream that was taken. */
export function goAwayFrame(last: number): Buffer {
  return controlFrame(types.goaway, 0, [last, 0]);
}

/** WINDOW_UPDATE: `bytes` more may come; stream 0 is the whole session. */
export function windowFrame(stream: number, bytes: number): Buffer {
  return controlFrame(types.window, 0, [stream, bytes]);
}
