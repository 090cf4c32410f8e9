/** First in, first out, in constant time; what was taken is let go of also while the queue never runs empty. */

/** Places that were taken are given back when there are so many of them, and no fewer than are still waited in. */
const mostTaken = 1024;

/** The queue. */
export class Fifo<T> {
  readonly #items: (T | undefined)[] = [];
  #taken = 0;

  /** How many wait. */
  get size(): number {
    return this.#items.length - this.#taken;
  }

  /** Puts one at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the one that has waited longest; undefined when none does. */
  take(): T | undefined {
    if (this.#taken === this.#items.length) return undefined;
    const item = this.#items[this.#taken];
    this.#items[this.#taken] = undefined;
    this.#taken += 1;
    if (this.#taken === this.#items.length || (this.#taken >= mostTaken && this.#taken >= this.size)) {
      this.#items.copyWithin(0, this.#taken);
      this.#items.length -= this.#taken;
      this.#taken = 0;
    }
    return item;
  }
}
