/** The seats of the server: which priority level may start a request, and who is next when one ends. */

/** A priority level, as far as it takes seats. */
export interface SeatTaker {
  readonly isExempt: boolean;
  /** Requests that hold a seat. */
  readonly busy: number;
  /** Requests that wait for one. */
  readonly waiting: number;
  /** Seats kept for it. */
  readonly lower: number;
  /** True when a request may begin now. */
  readonly isFree: boolean;
  /** How much of its share it uses. */
  readonly use: number;
  /** Begins the request whose turn it is. */
  begin(): void;
}

/** So many requests that waited are begun in one turn of the loop. */
const oneTurn = 16;

/**
 * The seats all levels share.
 *
 * INVARIANTS: `spare` is the seats that are neither taken nor kept for a level that does not lend them; a level starts a
 * request beyond what is kept for it only while there are spare ones; of levels with requests that wait, the one that has
 * the smallest part of its share is served first.
 */
export class Seats {
  #levels: readonly SeatTaker[] = [];
  #total = 0;
  /** Taken, or kept for one level. */
  #committed = 0;
  #pumping = false;
  /** Requests that wait, of all levels. */
  waiting = 0;

  /** Seats that any level may use. */
  get spare(): number {
    return this.#total - this.#committed;
  }

  /** The levels there are now, and the seats of the server. */
  share(levels: readonly SeatTaker[], total: number): void {
    this.#levels = levels.filter((one) => !one.isExempt);
    this.#total = total;
    this.#committed = this.#levels.reduce((sum, one) => sum + Math.max(one.busy, one.lower), 0);
    this.next();
  }

  /** A level took a seat beyond its own (1), or gave it back (-1). */
  commit(change: 1 | -1): void {
    this.#committed += change;
  }

  /** Begins requests that wait, as far as there are seats. */
  next(): void {
    if (this.waiting === 0 || this.#pumping) return;
    this.#pumping = true;
    let begun = 0;
    for (let level = this.#neediest(); level !== undefined && begun < oneTurn; level = this.#neediest()) {
      level.begin();
      begun += 1;
    }
    this.#pumping = false;
    // requests that end at once free no seat that would call here again
    if (this.waiting > 0 && begun >= oneTurn) setImmediate(() => this.next());
  }

  #neediest(): SeatTaker | undefined {
    let found: SeatTaker | undefined;
    for (const level of this.#levels) {
      if (level.waiting === 0 || !level.isFree) continue;
      if (found === undefined || level.use < found.use) found = level;
    }
    return found;
  }
}
