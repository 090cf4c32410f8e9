/**
 * The server's side of one SPDY/3.1 session, over a socket or whatever else carries bytes.
 *
 * INVARIANTS: frames are taken one after the other; the socket is read only as fast as the slowest stream, because the
 * clients of the API keep no windows; the streams of a session that ended are destroyed.
 */
import type { Duplex } from 'node:stream';
import {
  dataHead,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  replyFrame,
  resetFrame,
  resetStatus,
  SpdyError,
  windowFrame,
} from './frames.ts';
import { EmptyBlocks, HeaderReader } from './header-block.ts';
import { SpdyStream } from './stream.ts';

/** What a session is made of. */
export interface SpdyOptions {
  readonly socket: Duplex;
  /** Called for each stream the client opens; answering false refuses it. */
  readonly opened: (stream: SpdyStream) => boolean;
  /** Called once, when nothing more can come. */
  readonly ended: () => void;
  /** How many streams may be open at once. */
  readonly limit?: number;
}

/** Consumed bytes are told in steps of this many. */
const windowStep = 32 * 1024;

/** A session; it begins at once. */
export class SpdySession {
  readonly #options: SpdyOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headers = new HeaderReader();
  readonly #replies = new EmptyBlocks();
  readonly #consumed = new Map<number, number>();
  #waiting: (() => void)[] = [];
  #newest = 0;
  #ended = false;

  constructor(options: SpdyOptions) {
    this.#options = options;
    options.socket.on('drain', () => this.#drained());
    options.socket.on('error', () => options.socket.destroy());
    options.socket.on('close', () => this.#end());
    void this.#run();
  }

  /** Asks for an answer nobody waits for. SPDY: 2.6.5, the server's are even. */
  ping(): void {
    this.#write(pingFrame(0));
  }

  /** Says goodbye; what was written still goes out. */
  close(): void {
    if (this.#ended) return;
    this.#write(goAwayFrame(this.#newest));
    this.#options.socket.end();
  }

  async #run(): Promise<void> {
    const reader = new FrameReader();
    try {
      for await (const chunk of this.#options.socket as AsyncIterable<Buffer>) {
        for (const frame of reader.push(chunk)) {
          const wait = this.#take(frame);
          if (wait !== undefined) await wait;
        }
      }
    } catch {
      // broken, or no SPDY: either way it is over
    }
    this.#end();
    this.#options.socket.destroy();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#headers.close();
    for (const stream of [...this.#streams.values()]) stream.wasReset();
    this.#drained();
    this.#options.ended();
  }

  #take(frame: Frame): Promise<void> | undefined {
    switch (frame.type) {
      case 'data': {
        const stream = this.#streams.get(frame.stream);
        return stream?.received(frame.data, frame.fin);
      }
      case 'syn':
        return this.#open(frame.stream, frame.block, frame.fin);
      case 'headers':
        return this.#more(frame);
      case 'reset':
        this.#streams.get(frame.stream)?.wasReset();
        return undefined;
      case 'ping':
        // SPDY: the client's pings are odd, and come back as they are; ours would be even.
        if (frame.id % 2 === 1) this.#write(pingFrame(frame.id));
        return undefined;
      case 'goaway':
      case 'ignored':
        return undefined;
    }
  }

  async #open(id: number, block: Buffer, fin: boolean): Promise<void> {
    const headers = await this.#headers.read(block);
    if (id % 2 === 0 || id <= this.#newest) throw new SpdyError(`stream ${id} after ${this.#newest}`);
    this.#newest = id;
    const stream = new SpdyStream(id, headers, this.#asStreamSession());
    if (this.#streams.size >= (this.#options.limit ?? 1000) || !this.#options.opened(stream)) {
      this.#write(resetFrame(id, resetStatus.refused));
      stream.wasReset();
      return;
    }
    this.#streams.set(id, stream);
    this.#write(replyFrame(id, this.#replies.next()));
    if (fin) await stream.received(Buffer.alloc(0), true);
  }

  /** Later headers mean nothing here, but the blocks after them need them read. */
  async #more(frame: { stream: number; block: Buffer; fin: boolean }): Promise<void> {
    await this.#headers.read(frame.block);
    if (frame.fin) await this.#streams.get(frame.stream)?.received(Buffer.alloc(0), true);
  }

  #asStreamSession(): ConstructorParameters<typeof SpdyStream>[2] {
    return {
      send: (stream, data, fin, done) => this.#send(stream, data, fin, done),
      reset: (stream) => this.#write(resetFrame(stream, resetStatus.cancel)),
      forget: (stream) => {
        this.#streams.delete(stream);
        this.#consumed.delete(stream);
      },
      consumed: (stream, bytes) => {
        for (const window of [0, stream]) this.#count(window, bytes);
      },
    };
  }

  #count(window: number, bytes: number): void {
    if (window !== 0 && !this.#streams.has(window)) return;
    const total = (this.#consumed.get(window) ?? 0) + bytes;
    if (total < windowStep) {
      this.#consumed.set(window, total);
      return;
    }
    this.#consumed.set(window, 0);
    this.#write(windowFrame(window, total));
  }

  #send(stream: number, data: Buffer, fin: boolean, done: () => void): void {
    const { socket } = this.#options;
    if (this.#ended || !socket.writable) return done();
    socket.cork();
    let ready = socket.write(dataHead(stream, data.length, fin));
    if (data.length > 0) ready = socket.write(data);
    socket.uncork();
    if (ready) done();
    else this.#waiting.push(done);
  }

  #write(frame: Buffer): void {
    if (!this.#ended && this.#options.socket.writable) this.#options.socket.write(frame);
  }

  #drained(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}
