/** The addresses that may be given to Services: ranges as an operator writes them. IPv4. Pure. */
import { isIPv4 } from 'node:net';

/** Most addresses of all ranges together. */
const most = 65_536;

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/** RFC 1122 §3.2.1.3: this network, loopback; RFC 5771 and above: groups, and what is not used. */
const unusable = [
  ['0.0.0.0', '0.255.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['224.0.0.0', '255.255.255.255'],
] as const;

/** First and last address of a range, as numbers. */
type Span = readonly [number, number];

/** A pool; it may be empty. */
export class Pool {
  readonly #spans: readonly Span[];

  /**
   * `text` has ranges (`10.0.0.5-10.0.0.9`), networks (`10.0.0.0/28`, all of it) and addresses, with commas, semicolons or spaces
   * between them. Throws with the part at fault.
   */
  constructor(text: string) {
    this.#spans = text
      .split(/[\s,;]+/)
      .filter((part) => part !== '')
      .map(spanOf);
    const size = this.#spans.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    if (size > most) throw new Error(`the pool has ${size} addresses, and may have ${most}`);
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  has(address: string): boolean {
    if (!isIPv4(address)) return false;
    const number = numberOf(address);
    return this.#spans.some(([first, last]) => number >= first && number <= last);
  }

  /** The first address that is not in `taken`. */
  free(taken: { has(address: string): boolean }): string | undefined {
    for (const [first, last] of this.#spans)
      for (let number = first; number <= last; number++) if (!taken.has(textOf(number))) return textOf(number);
    return undefined;
  }
}

function spanOf(part: string): Span {
  if (part.includes(':')) throw new Error(`"${part}" is IPv6: this addon gives out IPv4 addresses alone`);
  const fault = new Error(`"${part}" is no range of IPv4 addresses (10.0.0.5-10.0.0.9, 10.0.0.0/28 or 10.0.0.5)`);
  const [, from = '', to, bits] = /^([\d.]+)(?:-([\d.]+)|\/(\d{1,2}))?$/.exec(part) ?? [];
  if (!isIPv4(from) || (to !== undefined && !isIPv4(to)) || Number(bits ?? 32) > 32) throw fault;
  const size = 2 ** (32 - Number(bits ?? 32));
  const first = Math.floor(numberOf(from) / size) * size;
  const last = to === undefined ? first + size - 1 : numberOf(to);
  if (last < first) throw fault;
  for (const [begin, end] of unusable)
    if (first <= numberOf(end) && last >= numberOf(begin))
      throw new Error(`"${part}" has addresses no machine can have`);
  return [first, last];
}
