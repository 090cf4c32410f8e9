/** One watch on the wire: events in, HTTP chunks out, as fast as its client reads. */
import type { ServerResponse } from 'node:http';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { Entry, WatchEvent } from '../../registry/registry.ts';
import type { Frames } from './watch-frames.ts';
import type { WatchOut } from './watch-out.ts';

/** What a slow client may have waiting, in bytes, beyond the first events. */
const waitingLimit = 16 * 1024 * 1024;

/** An object that was there when the watch began is kept as such: for a slow client of many objects events are too much. */
type Waiting = WatchEvent | Buffer | Entry;

/** What waits for an event of the beginning. */
function first(event: WatchEvent): Waiting {
  const isThere = event.type === 'ADDED' && event.change.entry === event.entry && event.change.previous === undefined;
  return isThere ? event.entry : event;
}

/** The event that something waiting stands for. */
function eventOf(one: WatchEvent | Entry): WatchEvent {
  if ('type' in one) return one;
  return {
    type: 'ADDED',
    entry: one,
    change: { type: 'ADDED', revision: one.revision, entry: one, previous: undefined },
  };
}

/**
 * The stream of one watch. It writes its chunks itself, because all watchers of an event share one.
 *
 * INVARIANTS: events leave in the order they came; what waits is bounded, except for the first events, which are
 * references to objects in memory; after its end nothing is written.
 */
export class WatchStream {
  readonly bookmarks: boolean;
  readonly #res: ServerResponse;
  readonly #out: WatchOut;
  readonly #frames: Frames;
  readonly #onEnd: () => void;
  readonly #tables: boolean;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** What waits are frames that others share, none left out since the last flush of the hub. */
  #shared = true;
  #starting = true;
  #blocked = false;
  #ended = false;
  #first = true;

  constructor(options: {
    res: ServerResponse;
    out: WatchOut;
    frames: Frames;
    bookmarks: boolean;
    tables: boolean;
    onEnd: () => void;
  }) {
    this.#res = options.res;
    this.#out = options.out;
    this.#frames = options.frames;
    this.bookmarks = options.bookmarks;
    this.#tables = options.tables;
    this.#onEnd = options.onEnd;
    this.#res.on('close', this.#finish);
    this.#out.on('drain', this.#drained);
  }

  /** What is watched. */
  get info(): ResourceInfo {
    return this.#frames.info;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The first events are all there; from now on what waits is counted. */
  started(): void {
    this.#starting = false;
    this.flush();
  }

  /** Takes events, which leave with the next flush; false when the client is too slow or gone. */
  push(events: readonly WatchEvent[]): boolean {
    if (this.#ended) return false;
    if (this.#starting) {
      for (const event of events) this.#waiting.push(first(event));
      this.#shared = false;
      return true;
    }
    for (const event of events) this.#add(this.#live(event));
    if (this.#waitingBytes <= waitingLimit) return true;
    this.#finish();
    this.#res.destroy();
    return false;
  }

  /** Tells the client how far it is, unless it is behind anyway. */
  bookmark(revision: number): void {
    if (this.#ended || this.#blocked || this.#waiting.length > 0) return;
    this.#write(this.#frames.bookmark(revision, false));
  }

  /** Writes what waits, as far as the client reads. */
  flush(): void {
    const waiting = this.#waiting;
    if (this.#blocked) this.#shared = false;
    if (waiting.length === 0 || this.#blocked || this.#ended || this.#starting) return;
    if (this.#shared && waiting.length === this.#frames.count) {
      this.#write(this.#frames.joined());
      this.#waiting = [];
      this.#waitingBytes = 0;
      return;
    }
    let next = 0;
    this.#out.cork();
    while (next < waiting.length && !this.#blocked && !this.#ended) {
      const one = waiting[next] as Waiting;
      next += 1;
      if (Buffer.isBuffer(one)) this.#waitingBytes -= one.length;
      this.#write(Buffer.isBuffer(one) ? one : this.#own(eventOf(one)));
    }
    this.#out.uncork();
    this.#waiting = next >= waiting.length ? [] : waiting.slice(next);
    this.#shared = this.#waiting.length === 0;
  }

  /** Lets go of a watch that never started. */
  abandon(): void {
    this.#finish();
  }

  /** Ends the watch, with an error event when there is one to tell. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.flush();
    if (error !== undefined) this.#write(this.#frames.error(error));
    this.#finish();
    this.#res.end();
  }

  #add(frame: Buffer): void {
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
  }

  /** The frame of an event that others may see too. */
  #live(event: WatchEvent): Buffer {
    const alone = event.type === 'BOOKMARK' || event.type === 'ERROR' || (this.#tables && this.#first);
    if (!alone) return this.#frames.shared(event);
    this.#shared = false;
    return this.#own(event);
  }

  #own(event: WatchEvent): Buffer {
    if (event.type === 'BOOKMARK') return this.#frames.bookmark(event.revision, event.initialEventsEnd);
    if (event.type === 'ERROR') return this.#frames.error(event.error);
    const columns = this.#tables && this.#first;
    this.#first = false;
    return this.#frames.own(event, columns);
  }

  #write(frame: Buffer): void {
    if (this.#out.destroyed) this.#finish();
    else if (!this.#out.write(frame)) this.#blocked = true;
  }

  readonly #drained = (): void => {
    this.#blocked = false;
    this.flush();
  };

  readonly #finish = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#res.off('close', this.#finish);
    this.#out.off('drain', this.#drained);
    this.#onEnd();
  };
}
