/** All open watches of the server: the frames they share, their bookmarks, and their end. */
import type { Clock } from '../base/clock.ts';
import type { Encoder } from './encode.ts';
import { type FrameForm, Frames } from './watch-frames.ts';
import type { WatchStream } from './watch-stream.ts';

/** How often a watch that allows bookmarks gets one, in milliseconds. */
const bookmarkEvery = 60_000;

/**
 * The watches.
 *
 * INVARIANTS: shared frames live until the end of the turn in which their commit was announced; the timer runs only
 * while somebody wants bookmarks.
 */
export class WatchHub {
  readonly #encoder: Encoder;
  readonly #clock: Clock;
  readonly #revision: () => number;
  readonly #frames = new Map<string, Frames>();
  readonly #streams = new Set<WatchStream>();
  #timer: (() => void) | undefined;
  #forgetting = false;

  constructor(options: { encoder: Encoder; clock: Clock; revision: () => number }) {
    this.#encoder = options.encoder;
    this.#clock = options.clock;
    this.#revision = options.revision;
  }

  /** How many watches are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** The frames of one form. */
  frames(form: FrameForm): Frames {
    const { info, format, include } = form;
    const key = `${info.group}/${info.version}/${info.resource} ${format.as} ${format.version} ${include}`;
    let frames = this.#frames.get(key);
    if (frames === undefined) {
      frames = new Frames({ encoder: this.#encoder, form, now: () => this.#clock.now() });
      this.#frames.set(key, frames);
    }
    return frames;
  }

  /** Lets go of shared frames when this turn is over. */
  forgetSoon(): void {
    if (this.#forgetting) return;
    this.#forgetting = true;
    setImmediate(() => {
      this.#forgetting = false;
      for (const frames of this.#frames.values()) if (frames.busy) frames.forget();
    });
  }

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
