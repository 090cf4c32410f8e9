/** Events alike but for their message: when an object has many of them, they become one. */

/** API EventAggregator: from the tenth message on, unless nothing of the kind happened for ten minutes. */
const mostMessages = 10;
const quietTime = 600_000;
/** How many kinds of happenings are remembered; the ones that were quiet longest are forgotten first. */
const memoryLimit = 4096;

interface Kind {
  readonly messages: Set<string>;
  /** Unix milliseconds. */
  at: number;
}

/** What is put before the message of an event that stands for many. */
export const combinedPrefix = '(combined from similar events): ';

/** Counts the different messages of each kind of happening. */
export class SimilarEvents {
  readonly #kinds = new Map<string, Kind>();

  /** True when what happened at `now` is one too many of its kind, so that it belongs to the event for all of them. */
  joins(kind: string, message: string, now: number): boolean {
    const before = this.#kinds.get(kind);
    const known =
      before === undefined || now - before.at > quietTime ? { messages: new Set<string>(), at: now } : before;
    known.at = now;
    this.#kinds.delete(kind);
    this.#kinds.set(kind, known);
    for (const oldest of this.#kinds.keys()) {
      if (this.#kinds.size <= memoryLimit) break;
      this.#kinds.delete(oldest);
    }
    known.messages.add(message);
    if (known.messages.size < mostMessages) return false;
    for (const one of known.messages) {
      known.messages.delete(one);
      break;
    }
    return true;
  }
}
