/** How often one address may fail to authenticate before it is turned away for a while. */
import { Allowance, type AllowanceOptions } from './allowance.ts';

/** An IPv6 device has a whole /64: its addresses count as one. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '');
  return plain.includes(':') ? plain.split(':').slice(0, 4).join(':') : plain;
}

/** Counts failures by address: `burst` at once, then one each `refill` milliseconds. */
export class AddressFailures {
  readonly #allowance: Allowance;

  constructor(options: AllowanceOptions) {
    this.#allowance = new Allowance(options);
  }

  /** True while `address` may try again. */
  allows(address: string): boolean {
    return this.#allowance.allows(networkOf(address));
  }

  /** Notes that a try of `address` failed. */
  failed(address: string): void {
    this.#allowance.spend(networkOf(address));
  }
}
