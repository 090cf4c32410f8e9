/**
 * Many connections over one stream of frames: each a Duplex with its own window, whose halves end by themselves.
 *
 * INVARIANTS: the carrier is never held back, so its end is always noticed; no more than a window of one connection
 * waits in memory; a side that sends more than it was granted loses that connection.
 */
import { Duplex } from 'node:stream';

/** What carries the frames, in order. */
export interface FrameCarrier {
  send(channel: number, data: Buffer): boolean;
  onFrame(listener: (channel: number, data: Buffer) => void): void;
  onDrain(listener: () => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

/** `accept` is called for each connection the other side opens; it calls `accept` or `destroy` of it. */
export interface MuxOptions {
  readonly carrier: FrameCarrier;
  readonly accept?: (label: string, connection: MuxConnection) => void;
  /** Connections at once. */
  readonly limit?: number;
}

/** Channels of the carrier. A frame's first four bytes number the connection; only one side opens them. */
const open = 16;
const data = 17;
const end = 18;
const reset = 19;
/** Four more bytes: so many may be sent. The first one says that the connection was accepted. */
const credit = 20;

const window = 256 * 1024;
const longestFrame = 32 * 1024;
/** Read bytes are granted anew in steps of this many. */
const step = 64 * 1024;

/** One side of the multiplexed carrier. */
export class Mux {
  readonly #options: MuxOptions;
  readonly #connections = new Map<number, MuxConnection>();
  #waiting: (() => void)[] = [];
  #opened = 0;
  #isClosed = false;

  constructor(options: MuxOptions) {
    this.#options = options;
    const { carrier } = options;
    carrier.onDrain(() => {
      for (const go of this.#waiting.splice(0)) go();
    });
    carrier.onClose(() => this.#closed());
    carrier.onFrame((channel, frame) => this.#take(channel, frame));
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connections.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Opens a connection; it emits `connect` when the other side has accepted it. */
  open(label: string): MuxConnection {
    this.#opened += 1;
    const connection = this.#add(this.#opened);
    if (this.#isClosed) connection.destroy(new Error('the connection to the node broke'));
    else this.#send(open, this.#opened, Buffer.from(label));
    return connection;
  }

  close(): void {
    this.#options.carrier.close();
    this.#closed();
  }

  #closed(): void {
    this.#isClosed = true;
    for (const connection of [...this.#connections.values()])
      connection.broken(new Error('the connection to the node broke'));
    for (const go of this.#waiting.splice(0)) go();
  }

  #add(id: number): MuxConnection {
    const connection = new MuxConnection({
      send: (channel, payload, sent) => this.#send(channel, id, payload, sent),
      forget: () => this.#connections.delete(id),
    });
    this.#connections.set(id, connection);
    return connection;
  }

  #take(channel: number, frame: Buffer): void {
    if (frame.length < 4) return;
    const id = frame.readUInt32BE(0);
    const payload = frame.subarray(4);
    if (channel === open) this.#accept(id, payload.toString('utf8'));
    else this.#connections.get(id)?.received(channel, payload);
  }

  #accept(id: number, label: string): void {
    const { accept, limit = 1000 } = this.#options;
    if (this.#connections.has(id)) return;
    const connection = this.#add(id);
    if (accept === undefined || this.#connections.size > limit)
      connection.destroy(new Error(`there are ${limit} connections already`));
    else accept(label, connection);
  }

  #send(channel: number, id: number, payload: Buffer, sent?: () => void): void {
    const frame = Buffer.allocUnsafe(4 + payload.length);
    frame.writeUInt32BE(id, 0);
    payload.copy(frame, 4);
    const ready = this.#isClosed || this.#options.carrier.send(channel, frame);
    if (sent === undefined) return;
    if (ready) sent();
    else this.#waiting.push(sent);
  }
}

interface Wire {
  send(channel: number, payload: Buffer, sent?: () => void): void;
  forget(): void;
}

/** One connection; made by Mux. */
export class MuxConnection extends Duplex {
  readonly #wire: Wire;
  /** What may still be sent, and what the other side may still send. */
  #sendable = 0;
  #granted = 0;
  #read = 0;
  #isAccepted = false;
  #sentEnd = false;
  #gotEnd = false;
  #isBroken = false;
  #waiting: (() => void) | undefined;

  constructor(wire: Wire) {
    super({ allowHalfOpen: true, readableHighWaterMark: step, writableHighWaterMark: step });
    this.#wire = wire;
    // its users hear of errors through `close` and their own listeners
    this.on('error', () => {});
  }

  /** Says yes to a connection the other side opened. */
  accept(): void {
    this.#isAccepted = true;
    this.#grant(window);
  }

  /** What the other side sent. */
  received(channel: number, payload: Buffer): void {
    if (this.destroyed) return;
    switch (channel) {
      case data:
        return this.#data(payload);
      case end:
        this.#gotEnd = true;
        this.push(null);
        return;
      case reset:
        return this.broken(new Error(payload.toString('utf8') || 'the other side gave the connection up'));
      case credit:
        if (payload.length === 4) this.#credit(payload.readUInt32BE(0));
    }
  }

  /** Ends without telling the other side, which knows or is gone. */
  broken(error: Error): void {
    this.#isBroken = true;
    this.destroy(error);
  }

  #data(payload: Buffer): void {
    this.#granted -= payload.length;
    if (this.#granted < 0 || this.#gotEnd) {
      this.destroy(new Error('the other side sent more than it may'));
      return;
    }
    this.#read += payload.length;
    this.push(payload);
  }

  #credit(bytes: number): void {
    this.#sendable += bytes;
    if (!this.#isAccepted) {
      this.#isAccepted = true;
      this.#grant(window);
      this.emit('connect');
    }
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  #grant(bytes: number): void {
    this.#granted += bytes;
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    this.#wire.send(credit, payload);
  }

  override _read(): void {
    if (this.#read < step) return;
    const bytes = this.#read;
    this.#read = 0;
    this.#grant(bytes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  #send(chunk: Buffer, done: (error?: Error | null) => void): void {
    if (this.destroyed) return done();
    const size = Math.min(chunk.length, this.#sendable, longestFrame);
    if (size === 0 && chunk.length > 0) {
      this.#waiting = () => this.#send(chunk, done);
      return;
    }
    this.#sendable -= size;
    this.#wire.send(data, chunk.subarray(0, size), () => {
      if (size === chunk.length) done();
      else this.#send(chunk.subarray(size), done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sentEnd = true;
    this.#wire.send(end, Buffer.alloc(0));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isWhole = this.#sentEnd && this.#gotEnd;
    if (!this.#isBroken && !isWhole) this.#wire.send(reset, Buffer.from((error?.message ?? '').slice(0, 1000)));
    this.#wire.forget();
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
    done(error);
  }
}
