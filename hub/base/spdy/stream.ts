/** One stream of a SPDY session as a Duplex: its two halves end by themselves, its reader holds the session back. */
import { Duplex } from 'node:stream';
import type { Headers } from './header-block.ts';

/** What a stream asks of its session. */
export interface StreamSession {
  /** Sends data; `done` is called when more may be sent. */
  send(stream: number, data: Buffer, fin: boolean, done: () => void): void;
  reset(stream: number): void;
  forget(stream: number): void;
  /** So many bytes were read. */
  consumed(stream: number, bytes: number): void;
}

/** Bytes waiting to be read before the session is held back: its peers know no windows. */
const slack = 256 * 1024;
/** The longest data frame that is sent, in bytes. */
const longestFrame = 64 * 1024;

/** Made by the session. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #session: StreamSession;
  #room: (() => void) | undefined;
  #isFull = false;
  #sentEnd = false;
  #gotEnd = false;
  #wasReset = false;

  constructor(id: number, headers: Headers, session: StreamSession) {
    super({ allowHalfOpen: true, readableHighWaterMark: slack, writableHighWaterMark: longestFrame });
    this.id = id;
    this.headers = headers;
    this.#session = session;
    this.on('error', () => {});
  }

  /** Takes what the peer sent; a promise when nothing more should come before it resolves. */
  received(data: Buffer, fin: boolean): Promise<void> | undefined {
    if (this.#gotEnd || this.destroyed) return undefined;
    if (data.length > 0) this.#isFull = !this.push(data);
    if (fin) {
      this.#gotEnd = true;
      this.push(null);
      this.#settle();
    }
    if (data.length > 0) this.#session.consumed(this.id, data.length);
    if (!this.#isFull || fin) return undefined;
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  /** The peer gave the stream up, or the session ended. What the peer had ended in order can still be read. */
  wasReset(): void {
    this.#wasReset = true;
    if (this.#gotEnd && !this.readableEnded && !this.destroyed) this.once('end', () => this.destroy());
    else this.destroy(new Error('the stream was reset'));
  }

  override _read(): void {
    this.#isFull = false;
    const room = this.#room;
    this.#room = undefined;
    room?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, 0, done);
  }

  #send(chunk: Buffer, at: number, done: (error?: Error | null) => void): void {
    const end = Math.min(at + longestFrame, chunk.length);
    this.#session.send(this.id, chunk.subarray(at, end), false, () => {
      if (end >= chunk.length || this.destroyed) done();
      else this.#send(chunk, end, done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sentEnd = true;
    this.#session.send(this.id, Buffer.alloc(0), true, done);
    this.#settle();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#wasReset && !(this.#sentEnd && this.#gotEnd)) this.#session.reset(this.id);
    this.#session.forget(this.id);
    this.#room?.();
    done(error);
  }

  #settle(): void {
    if (this.#sentEnd && this.#gotEnd) this.#session.forget(this.id);
  }
}
