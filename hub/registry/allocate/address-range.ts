/** An IPv4 range as the numbers of its addresses. */
import { isIPv4 } from 'node:net';

/** The number of an IPv4 address; undefined for anything else. */
export function addressNumber(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** The address of a number. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The first and last address of a range that may be used: not its own name, not its broadcast address. */
export interface AddressRange {
  readonly cidr: string;
  readonly first: number;
  readonly last: number;
}

/** Reads `10.152.0.0/16`. Throws when it is no IPv4 range with room for an address. */
export function parseRange(cidr: string): AddressRange {
  const [address = '', bits = ''] = cidr.split('/');
  const number = addressNumber(address);
  const length = /^\d{1,2}$/.test(bits) ? Number(bits) : 33;
  if (number === undefined || length > 30) throw new Error(`${JSON.stringify(cidr)} is no IPv4 range of addresses`);
  const size = 2 ** (32 - length);
  const base = number - (number % size);
  return { cidr: `${addressText(base)}/${length}`, first: base + 1, last: base + size - 2 };
}
