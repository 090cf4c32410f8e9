/**
 * Where the values of an object lie in its JSON, as numbers: read from its beginning to its end, written from its end to its beginning.
 *
 * It holds, for each value, from its place on: of a scalar where it begins, where it ends, and its token; of a message and a list how
 * many parts there are, and the place of each, in a message behind the id of its field; of a map the same behind where the key begins,
 * ends, and its token. A field whose values may repeat has a place of its own before that of its value: where that begins, where it
 * ends, and either `unwritten` and the value's place, or where the message of the same value was written before, and its size.
 */

/** What a scalar is. */
export const token = { text: 0, escaped: 1, number: 2, yes: 3, no: 4, json: 5 } as const;

/** Where no message was written is no place from the end. */
export const unwritten = -1;

/** The numbers. */
export class Tape {
  #cells = new Int32Array(4096);
  #length = 0;
  /** Parts of what is being read. */
  #parts = new Int32Array(1024);
  #top = 0;

  /** The numbers themselves, until the next value is put there. */
  get cells(): Int32Array {
    return this.#cells;
  }

  clear(): void {
    this.#length = 0;
    this.#top = 0;
  }

  /** Puts a scalar; answers its place. */
  scalar(from: number, to: number, what: number): number {
    const place = this.#room(3);
    this.#cells[place] = from;
    this.#cells[place + 1] = to;
    this.#cells[place + 2] = what;
    return place;
  }

  /** Puts what may repeat; answers its place. `rest` is the value's place, or the size of what was `written`. */
  repeatable(from: number, to: number, written: number, rest: number): number {
    const place = this.#room(4);
    this.#cells[place] = from;
    this.#cells[place + 1] = to;
    this.#cells[place + 2] = written;
    this.#cells[place + 3] = rest;
    return place;
  }

  /** Where parts begin that are pushed from now on. */
  open(): number {
    return this.#top;
  }

  push(part: number): void {
    if (this.#top === this.#parts.length) {
      const longer = new Int32Array(this.#top * 2);
      longer.set(this.#parts);
      this.#parts = longer;
    }
    this.#parts[this.#top++] = part;
  }

  /** Pushes a field in the order of ids, last first: mostly they come so, and are written from the last to the first. */
  pushField(begin: number, id: number, value: number): void {
    this.push(id);
    this.push(value);
    const parts = this.#parts;
    let at = this.#top - 2;
    for (; at > begin && (parts[at - 2] as number) < id; at -= 2) {
      parts[at] = parts[at - 2] as number;
      parts[at + 1] = parts[at - 1] as number;
    }
    parts[at] = id;
    parts[at + 1] = value;
  }

  /** Puts the parts since `begin`, each of `size` numbers; answers their place. */
  close(begin: number, size: number): number {
    const count = this.#top - begin;
    const place = this.#room(count + 1);
    const cells = this.#cells;
    const parts = this.#parts;
    cells[place] = count / size;
    for (let index = 0; index < count; index++) cells[place + 1 + index] = parts[begin + index] as number;
    this.#top = begin;
    return place;
  }

  #room(count: number): number {
    const place = this.#length;
    this.#length += count;
    if (this.#length > this.#cells.length) {
      const longer = new Int32Array(Math.max(this.#length, this.#cells.length * 2));
      longer.set(this.#cells);
      this.#cells = longer;
    }
    return place;
  }
}
