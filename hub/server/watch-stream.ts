/** One watch on the wire: events in, HTTP chunks out, as fast as its client reads. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { WatchEvent } from '../registry/registry.ts';
import { errorFrame, type Frames } from './watch-frames.ts';

/** What a slow client may have waiting, in bytes, beyond the first events. */
const waitingLimit = 16 * 1024 * 1024;

/**
 * The stream of one watch. It writes its chunks itself, because all watchers of an event share one.
 *
 * INVARIANTS: events leave in the order they came; what waits is bounded, except for the first events, which are
 * references to objects in memory; after `end` nothing is written.
 */
export class WatchStream {
  readonly bookmarks: boolean;
  readonly #res: ServerResponse;
  readonly #socket: Socket;
  readonly #frames: Frames;
  readonly #onEnd: () => void;
  readonly #tables: boolean;
  #waiting: (WatchEvent | Buffer)[] = [];
  #waitingBytes = 0;
  #starting = true;
  #blocked = false;
  #ended = false;
  #first = true;

  constructor(options: {
    res: ServerResponse;
    socket: Socket;
    frames: Frames;
    bookmarks: boolean;
    tables: boolean;
    onEnd: () => void;
  }) {
    this.#res = options.res;
    this.#socket = options.socket;
    this.#frames = options.frames;
    this.bookmarks = options.bookmarks;
    this.#tables = options.tables;
    this.#onEnd = options.onEnd;
    this.#res.on('close', this.#closed);
    this.#socket.on('drain', this.#flush);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The first events are all there; from now on what waits is counted. */
  started(): void {
    this.#starting = false;
  }

  /** Takes events; false when the client is too slow or gone. */
  push(events: readonly WatchEvent[]): boolean {
    if (this.#ended) return false;
    if (this.#blocked || this.#waiting.length > 0) return this.#queue(events);
    if (events.length === 1) {
      const [event] = events;
      if (event !== undefined) this.#write(this.#frame(event));
      return !this.#ended;
    }
    this.#socket.cork();
    for (let index = 0; index < events.length; index += 1) {
      if (this.#blocked) {
        this.#queue(events.slice(index));
        break;
      }
      const event = events[index];
      if (event !== undefined) this.#write(this.#frame(event));
    }
    this.#socket.uncork();
    return !this.#ended;
  }

  /** Tells the client how far it is, unless it is behind anyway. */
  bookmark(revision: number): void {
    if (!this.#ended && !this.#blocked) this.#write(this.#frames.bookmark(revision, false));
  }

  /** Lets go of a watch that never started. */
  abandon(): void {
    this.#finish();
  }

  /** Ends the watch, with an error event when there is one to tell. */
  end(error?: unknown): void {
    if (this.#ended) return;
    if (error !== undefined) this.#write(errorFrame(error));
    this.#finish();
    this.#res.end();
  }

  #queue(events: readonly WatchEvent[]): boolean {
    for (const event of events) {
      if (this.#starting) {
        this.#waiting.push(event);
        continue;
      }
      const frame = this.#frame(event);
      this.#waiting.push(frame);
      this.#waitingBytes += frame.length;
    }
    if (this.#waitingBytes <= waitingLimit) return true;
    this.#finish();
    this.#res.destroy();
    return false;
  }

  #frame(event: WatchEvent): Buffer {
    if (event.type === 'BOOKMARK') return this.#frames.bookmark(event.revision, event.initialEventsEnd);
    if (event.type === 'ERROR') return errorFrame(event.error);
    const columns = this.#tables && this.#first;
    this.#first = false;
    return this.#starting || columns ? this.#frames.own(event, columns) : this.#frames.shared(event);
  }

  #write(frame: Buffer): void {
    if (this.#socket.destroyed) this.#finish();
    else if (!this.#socket.write(frame)) this.#blocked = true;
  }

  readonly #flush = (): void => {
    this.#blocked = false;
    const waiting = this.#waiting;
    if (waiting.length === 0 || this.#ended) return;
    let next = 0;
    this.#socket.cork();
    while (next < waiting.length && !this.#blocked && !this.#ended) {
      const one = waiting[next];
      next += 1;
      if (one === undefined) continue;
      if (Buffer.isBuffer(one)) this.#waitingBytes -= one.length;
      this.#write(Buffer.isBuffer(one) ? one : this.#late(one));
    }
    this.#socket.uncork();
    this.#waiting = next >= waiting.length ? [] : waiting.slice(next);
  };

  /** A first event that waited: nobody shares its frame. */
  #late(event: WatchEvent): Buffer {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') return this.#frame(event);
    const columns = this.#tables && this.#first;
    this.#first = false;
    return this.#frames.own(event, columns);
  }

  readonly #closed = (): void => this.#finish();

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#res.off('close', this.#closed);
    this.#socket.off('drain', this.#flush);
    this.#onEnd();
  }
}
