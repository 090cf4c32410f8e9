/**
 * One side of a SPDY/3.1 session, over a socket or whatever else carries bytes. A client opens streams, a server takes them.
 *
 * INVARIANTS: frames are taken one after the other; the socket is read only as fast as the slowest stream, because the
 * peers of the API keep no windows; the streams of a session that ended are destroyed.
 */
import type { Duplex } from 'node:stream';
import { Arrivals } from './arrivals.ts';
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
  synFrame,
  windowFrame,
} from './frames.ts';
import { HeaderReader, type Headers, HeaderWriter } from './header-block.ts';
import { SpdyStream } from './stream.ts';

/** What a session is made of. */
export interface SpdyOptions {
  readonly socket: Duplex;
  /** A server's: called for each stream the client opens; answering false refuses it. A client refuses all. */
  readonly opened?: (stream: SpdyStream) => boolean;
  /** Called once, when nothing more can come. */
  readonly ended: () => void;
  /** How many streams the other side may have open at once. */
  readonly limit?: number;
}

/** Consumed bytes are told in steps of this many. */
const windowStep = 32 * 1024;

/** A session; it begins at once. */
export class SpdySession {
  readonly #options: SpdyOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headers = new HeaderReader();
  readonly #blocks = new HeaderWriter();
  /** Streams of ours the other side has not answered for. */
  readonly #asked = new Map<number, { taken: () => void; refused: () => void }>();
  readonly #consumed = new Map<number, number>();
  /** Set while a ping of ours has no answer. */
  #pinged: PromiseWithResolvers<void> | undefined;
  #waiting: (() => void)[] = [];
  /** Of the streams, whichever side opens them. */
  #newest = 0;
  #ended = false;

  constructor(options: SpdyOptions) {
    this.#options = options;
    options.socket.on('drain', () => this.#drained());
    options.socket.on('error', () => options.socket.destroy());
    options.socket.on('close', () => {
      // a server says all it has and goes, whatever the client is still writing: a client takes what has come
      if (this.#isServer) this.#end();
      else this.#drained();
    });
    void this.#run(new Arrivals(options.socket));
  }

  /**
   * A client's: opens a stream and waits until the server took it. What is written to it before goes out as well.
   * `made` gets the stream at once, for who must not miss the server's first word: a reset may follow it closely.
   * Rejects with SpdyError when it is refused or the session ends.
   */
  open(headers: Headers, made: (stream: SpdyStream) => void = () => {}): Promise<SpdyStream> {
    if (this.#ended) return Promise.reject(new SpdyError('the session ended'));
    // SPDY: 2.3.2, a client's streams are odd and count up
    const id = this.#newest === 0 ? 1 : this.#newest + 2;
    this.#newest = id;
    const stream = new SpdyStream(id, headers, this.#asStreamSession());
    this.#streams.set(id, stream);
    const answered = new Promise<SpdyStream>((resolve, reject) => {
      this.#asked.set(id, {
        taken: () => resolve(stream),
        refused: () => reject(new SpdyError(`stream ${id} was refused`)),
      });
    });
    this.#write(synFrame(id, this.#blocks.write(headers)));
    made(stream);
    return answered;
  }

  /**
   * Resolves when the other side has answered, which it does when it has taken everything before the first ping without an answer, or when the session has
   * ended. SPDY: 2.6.5, a server's are even, a client's odd.
   */
  ping(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#pinged ??= Promise.withResolvers();
    this.#write(pingFrame(this.#isServer ? 0 : 1));
    return this.#pinged.promise;
  }

  /** Says goodbye; what was written still goes out. */
  close(): void {
    if (this.#ended) return;
    this.#write(goAwayFrame(this.#newest));
    this.#options.socket.end();
  }

  /** Breaks off; what has come and was not read is lost. */
  destroy(): void {
    this.#end();
    this.#options.socket.destroy();
  }

  get #isServer(): boolean {
    return this.#options.opened !== undefined;
  }

  async #run(arrivals: Arrivals): Promise<void> {
    const reader = new FrameReader();
    try {
      for await (const chunk of arrivals) {
        for (const frame of reader.push(chunk)) {
          if (this.#ended) return;
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
    for (const { refused } of this.#asked.values()) refused();
    this.#asked.clear();
    this.#answeredPing();
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
      case 'reply':
      case 'headers':
        return this.#more(frame);
      case 'reset':
        this.#answered(frame.stream, 'refused');
        this.#streams.get(frame.stream)?.wasReset();
        return undefined;
      case 'ping':
        // SPDY: 2.6.5, pings of the other side come back as they are, ours are answers
        if (frame.id % 2 === (this.#isServer ? 1 : 0)) this.#write(pingFrame(frame.id));
        else this.#answeredPing();
        return undefined;
      case 'goaway':
      case 'ignored':
        return undefined;
    }
  }

  async #open(id: number, block: Buffer, fin: boolean): Promise<void> {
    const headers = await this.#headers.read(block);
    if (!this.#isServer) return this.#write(resetFrame(id, resetStatus.refused));
    if (id % 2 === 0 || id <= this.#newest) throw new SpdyError(`stream ${id} after ${this.#newest}`);
    this.#newest = id;
    const stream = new SpdyStream(id, headers, this.#asStreamSession());
    if (this.#streams.size >= (this.#options.limit ?? 1000) || this.#options.opened?.(stream) !== true) {
      this.#write(resetFrame(id, resetStatus.refused));
      stream.wasReset();
      return;
    }
    this.#streams.set(id, stream);
    this.#write(replyFrame(id, this.#blocks.write()));
    if (fin) await stream.received(Buffer.alloc(0), true);
  }

  /** Later headers mean nothing here, but the blocks after them need them read. */
  async #more(frame: { type: 'reply' | 'headers'; stream: number; block: Buffer; fin: boolean }): Promise<void> {
    await this.#headers.read(frame.block);
    if (frame.type === 'reply') this.#answered(frame.stream, 'taken');
    if (frame.fin) await this.#streams.get(frame.stream)?.received(Buffer.alloc(0), true);
  }

  #answeredPing(): void {
    this.#pinged?.resolve();
    this.#pinged = undefined;
  }

  #answered(id: number, how: 'taken' | 'refused'): void {
    this.#asked.get(id)?.[how]();
    this.#asked.delete(id);
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
        // no server of the API counts, and one that has closed answers with a reset, which takes along what it had sent
        if (this.#isServer) for (const window of [0, stream]) this.#count(window, bytes);
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
    if (ready) this.#isServer ? done() : setImmediate(done);
    else this.#waiting.push(done);
  }

  #write(frame: Buffer): void {
    if (!this.#ended && this.#options.socket.writable) this.#options.socket.write(frame);
  }

  /** A client reads what has come before it writes more: a write that fails takes along what nobody has read. */
  #drained(): void {
    for (const done of this.#waiting.splice(0)) this.#isServer || this.#ended ? done() : setImmediate(done);
  }
}
