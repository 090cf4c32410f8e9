/** Names of fields as they stand in JSON, found without looking for where they end. */

/** A name in its quotes, with the colon. Compared in words of four bytes, the last of which may begin within the one before. */
export class JsonKey {
  /** How many bytes it has. */
  readonly length: number;
  readonly #words: Int32Array;
  readonly #last: number;

  /** `name` has nothing in it that JSON escapes. */
  constructor(name: string) {
    const bytes = Buffer.from(`"${name}":`);
    this.length = bytes.length;
    this.#words = new Int32Array((bytes.length - 1) >> 2);
    for (let index = 0; index < this.#words.length; index++) this.#words[index] = bytes.readInt32LE(index * 4);
    this.#last = bytes.readInt32LE(bytes.length - 4);
  }

  /** True when it stands at `at`. */
  isAt({ view, base, end }: Viewed, at: number): boolean {
    const from = base + at;
    if (from + this.length > end) return false;
    const words = this.#words;
    for (let index = 0; index < words.length; index++) {
      if (view.getInt32(from + index * 4, true) !== words[index]) return false;
    }
    return view.getInt32(from + this.length - 4, true) === this.#last;
  }
}

/** Bytes that can be read in words: the memory they lie in, and where they begin and end in it. */
export class Viewed {
  view: DataView = new DataView(new ArrayBuffer(0));
  base = 0;
  end = 0;

  /** From now on it is these bytes. */
  look(bytes: Buffer): void {
    // many objects lie in one piece of memory
    if (this.view.buffer !== bytes.buffer) this.view = new DataView(bytes.buffer);
    this.base = bytes.byteOffset;
    this.end = bytes.byteOffset + bytes.length;
  }
}
