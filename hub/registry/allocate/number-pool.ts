/** A pool of whole numbers: node ports, or addresses as offsets into their range. */

/** Numbers from `first` to `last`, each given out once. */
export class NumberPool {
  readonly #first: number;
  readonly #last: number;
  readonly #dynamic: number;
  readonly #random: () => number;
  readonly #taken = new Set<number>();

  /** Numbers below `dynamic` are drawn last, so that those who choose for themselves find them free. */
  constructor(options: { first: number; last: number; dynamic: number; random: () => number }) {
    this.#first = options.first;
    this.#last = options.last;
    this.#dynamic = Math.min(Math.max(options.dynamic, options.first), options.last);
    this.#random = options.random;
  }

  /** True for numbers of this pool. */
  contains(number: number): boolean {
    return Number.isInteger(number) && number >= this.#first && number <= this.#last;
  }

  /** True for a number that is given out. */
  isTaken(number: number): boolean {
    return this.#taken.has(number);
  }

  /** Takes `number`; false when it is taken already. */
  take(number: number): boolean {
    if (this.#taken.has(number)) return false;
    this.#taken.add(number);
    return true;
  }

  /** Takes any free number; undefined when there is none. */
  draw(): number | undefined {
    return this.#drawFrom(this.#dynamic, this.#last) ?? this.#drawFrom(this.#first, this.#dynamic - 1);
  }

  #drawFrom(first: number, last: number): number | undefined {
    const size = last - first + 1;
    if (size <= 0) return undefined;
    const start = Math.floor(this.#random() * size);
    for (let step = 0; step < size; step++) {
      const number = first + ((start + step) % size);
      if (this.take(number)) return number;
    }
    return undefined;
  }

  /** Gives a number back. */
  release(number: number): void {
    this.#taken.delete(number);
  }
}
