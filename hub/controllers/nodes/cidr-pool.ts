/** A range of addresses cut into equal blocks, one for each node. */

/** An IPv4 address as a number, or undefined. */
function address(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function written(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** The blocks. */
export class CidrPool {
  readonly #first: number;
  readonly #count: number;
  readonly #blockBits: number;
  readonly #used: Uint8Array;
  #next = 0;

  /** `range` such as 10.32.0.0/11, `prefix` of each block such as 24. Throws when the range is none or too small. */
  constructor(range: string, prefix: number) {
    const [base = '', length = ''] = range.split('/');
    const first = address(base);
    const bits = Number(length);
    if (first === undefined || !Number.isInteger(bits) || bits < 8 || bits > prefix || prefix > 30) {
      throw new Error(`cluster CIDR ${range} cannot be cut into /${prefix} blocks`);
    }
    this.#first = first;
    this.#blockBits = prefix;
    this.#count = 2 ** (prefix - bits);
    this.#used = new Uint8Array(this.#count);
  }

  #index(cidr: string): number | undefined {
    const [base = '', length = ''] = cidr.split('/');
    const value = address(base);
    if (value === undefined || Number(length) !== this.#blockBits) return undefined;
    const index = (value - this.#first) / 2 ** (32 - this.#blockBits);
    return Number.isInteger(index) && index >= 0 && index < this.#count ? index : undefined;
  }

  /** Marks a block as taken; blocks outside the range are none of ours. */
  take(cidr: string): void {
    const index = this.#index(cidr);
    if (index !== undefined) this.#used[index] = 1;
  }

  /** Gives a block back. */
  release(cidr: string): void {
    const index = this.#index(cidr);
    if (index !== undefined) this.#used[index] = 0;
  }

  /** The next free block, taken; undefined when there is none left. A block given back is used again last. */
  allocate(): string | undefined {
    for (let seen = 0; seen < this.#count; seen++) {
      const index = (this.#next + seen) % this.#count;
      if (this.#used[index] === 1) continue;
      this.#used[index] = 1;
      this.#next = index + 1;
      return `${written(this.#first + index * 2 ** (32 - this.#blockBits))}/${this.#blockBits}`;
    }
    return undefined;
  }
}
