/**
 * Values that are to the byte what an object before had in the same place. Objects of one list differ little: Pods of one template in
 * their names, times and addresses. What is known to be the same need not be read again, not even to find where it ends.
 */

/** A value that was read, and what was made of it. */
export interface Seen<T> {
  readonly bytes: Buffer;
  readonly from: number;
  readonly length: number;
  readonly made: T;
}

/** So many values are remembered: fields of things in lists come several times in one object. */
const most = 4;
/** Shorter ones are as well read again, in bytes. */
const shortest = 32;
/** After so many values in a row that were new, only one of so many is looked for and remembered: most likely all differ. */
const patience = 8;

/** What ends a value: a brace or a bracket, which are alike but for one bit. */
const close = 0x5d;
const alike = 0xdf;

/** The last values of one field. Only values in braces or brackets: where such a one ends does not depend on what follows. */
export class Repeats<T> {
  readonly #seen: Seen<T>[] = [];
  /** The one that is due: values come in the same order in every object. */
  #due = 0;
  #misses = 0;

  /** The one that stands at `at`. */
  find(bytes: Buffer, at: number): Seen<T> | undefined {
    if (this.#isUseless()) return undefined;
    const count = this.#seen.length;
    for (let tried = 0, place = this.#due; tried < count; tried++, place++) {
      if (place >= count) place = 0;
      const one = this.#seen[place] as Seen<T>;
      const { from, length } = one;
      // a look at two bytes spares most comparisons that would fail
      const middle = length >> 1;
      if (bytes[at + middle] !== one.bytes[from + middle]) continue;
      if (bytes[at + length - 1] !== one.bytes[from + length - 1]) continue;
      if (bytes.compare(one.bytes, from, from + length, at, at + length) !== 0) continue;
      this.#due = place + 1;
      this.#misses = 0;
      return one;
    }
    return undefined;
  }

  /** Remembers a value that `find` did not know, in place of the one that was due. */
  add(bytes: Buffer, from: number, to: number, made: T): void {
    this.#misses++;
    if (to - from < shortest || ((bytes[to - 1] as number) & alike) !== close || this.#isUseless()) return;
    const place = this.#seen.length < most ? this.#seen.length : this.#due % most;
    this.#seen[place] = { bytes, from, length: to - from, made };
    this.#due = place + 1;
  }

  #isUseless(): boolean {
    return this.#misses > patience && this.#misses % patience !== 0;
  }
}
