/** All open watches of the server: the frames they share, their bookmarks, and their end. */
import { ApiError } from '../../api/errors.ts';
import { mastersGroup, type User } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { Encoder } from '../encode.ts';
import { type FrameForm, Frames } from './watch-frames.ts';
import type { WatchStream } from './watch-stream.ts';

/** How often a watch that allows bookmarks gets one, in milliseconds. */
const bookmarkEvery = 60_000;

/** With many watchers, events of this many milliseconds travel together. */
const gather = 8;
/** What counts as many. */
const many = 16;

/**
 * The watches.
 *
 * INVARIANTS: events leave with the next flush, which is in the next turn, or, when one just was and there are many
 * watchers, a few milliseconds later; shared frames live until then; the timer for bookmarks runs only while somebody
 * wants them.
 */
export class WatchHub {
  readonly #encoder: Encoder;
  readonly #clock: Clock;
  readonly #revision: () => number;
  readonly #frames = new Map<string, Frames>();
  readonly #streams = new Set<WatchStream>();
  readonly #limit: number;
  /** How many watches users have. */
  readonly #ofUsers = new Map<string, number>();
  #timer: (() => void) | undefined;
  #dirty = new Set<WatchStream>();
  #flushing = false;
  /** When the last flush began, and how long it took, in milliseconds. */
  #last = { at: 0, took: 0 };

  constructor(options: { encoder: Encoder; clock: Clock; revision: () => number; limit: number }) {
    this.#limit = options.limit;
    this.#encoder = options.encoder;
    this.#clock = options.clock;
    this.#revision = options.revision;
  }

  /** How many watches are open. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Counts a watch in; the answer counts it out. Throws TooManyRequests when there are as many as may be: for a user who is
   * no administrator already at half of that.
   */
  enter({ name, groups }: User): () => void {
    const its = this.#ofUsers.get(name) ?? 0;
    const most = groups.includes(mastersGroup) ? this.#limit : this.#limit / 2;
    if (this.#streams.size >= this.#limit || its >= most) {
      throw new ApiError('TooManyRequests', 'too many watches are open, please try again later', {
        details: { retryAfterSeconds: 10 },
      });
    }
    this.#ofUsers.set(name, its + 1);
    return () => {
      const left = (this.#ofUsers.get(name) ?? 1) - 1;
      if (left > 0) this.#ofUsers.set(name, left);
      else this.#ofUsers.delete(name);
    };
  }

  /** What is watched, once for each watch. */
  *watched(): Iterable<ResourceInfo> {
    for (const stream of this.#streams) yield stream.info;
  }

  /** Ends the watches of rows that are in the catalogue no more: clients come back and see the new ones. */
  endOutdated(isCurrent: (info: ResourceInfo) => boolean): void {
    for (const stream of [...this.#streams]) if (!isCurrent(stream.info)) stream.end();
    for (const [key, frames] of this.#frames) if (!isCurrent(frames.info)) this.#frames.delete(key);
  }

  /** The frames of one form. */
  frames(form: FrameForm): Frames {
    const { info, format, include } = form;
    const key = `${info.group}/${info.version}/${info.resource} ${format.encoding} ${format.as} ${format.version} ${include}`;
    let frames = this.#frames.get(key);
    if (frames === undefined) {
      frames = new Frames({ encoder: this.#encoder, form, now: () => this.#clock.now() });
      this.#frames.set(key, frames);
    }
    return frames;
  }

  /** `stream` has something to send. */
  flushSoon(stream: WatchStream): void {
    this.#dirty.add(stream);
    if (this.#flushing) return;
    this.#flushing = true;
    const pause = Math.max(gather, this.#last.took) - (this.#clock.now() - this.#last.at);
    if (pause > 0 && this.#streams.size >= many) this.#clock.after(pause, this.#flush);
    else setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    const at = this.#clock.now();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const stream of dirty) stream.flush();
    for (const frames of this.#frames.values()) frames.forget();
    this.#last = { at, took: this.#clock.now() - at };
  };

  add(stream: WatchStream): void {
    this.#streams.add(stream);
    if (stream.bookmarks && this.#timer === undefined) this.#schedule();
  }

  remove(stream: WatchStream): void {
    this.#streams.delete(stream);
  }

  /** Ends every watch; clients come back to whoever serves next. */
  close(): void {
    this.#timer?.();
    this.#timer = undefined;
    for (const stream of [...this.#streams]) stream.end();
    this.#dirty = new Set();
  }

  #schedule(): void {
    this.#timer = this.#clock.after(bookmarkEvery, () => {
      this.#timer = undefined;
      let wanted = false;
      for (const stream of this.#streams) {
        if (!stream.bookmarks) continue;
        wanted = true;
        stream.bookmark(this.#revision());
      }
      if (wanted) this.#schedule();
    });
  }
}
