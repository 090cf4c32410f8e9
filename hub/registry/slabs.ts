/**
 * Where the bytes of loaded objects lie: many in one piece of memory. A buffer of its own costs an object some 400 bytes
 * more and the garbage collector its time, which is much when there are a hundred thousand of them.
 */

/** Bytes of one piece. It lives as long as one object in it: small, so that few that never change do not hold much. */
const slabSize = 128 * 1024;

/** Copies bytes into pieces, in turn. */
export class Slabs {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** The same bytes in a piece; what is big keeps its own. */
  keep(bytes: Buffer): Buffer {
    if (bytes.length > slabSize / 4) return bytes;
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabSize);
      this.#used = 0;
    }
    const end = this.#used + bytes.copy(this.#slab, this.#used);
    const kept = this.#slab.subarray(this.#used, end);
    this.#used = end;
    return kept;
  }
}
