/** Addresses and ranges of addresses in fields of the API. API: StrictIPCIDRValidation, on by default since v1.36. */
import { isIP, isIPv4 } from 'node:net';
import { type FieldError, invalid } from '../api/field-error.ts';
import { isDns1123Subdomain } from '../api/names.ts';
import { named } from './field-checks.ts';

const addressText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const mappedPrefix = 0xffffn;
const nothing: ReadonlySet<string> = new Set();

/** The address without the leading zeros that older releases read past; undefined when it is none even so. */
function withoutZeros(text: string): string | undefined {
  const plain = text.includes('.') ? text.replace(/(^|[.:])0+(?=\d+(?:\.|$))/g, '$1') : text;
  return isIP(plain) === 0 || plain.includes('%') ? undefined : plain;
}

/** All bits of an address. */
function bitsOf(address: string): bigint {
  const four = (text: string): bigint => text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  if (isIPv4(address)) return four(address);
  const words = (text: string): bigint[] =>
    text === ''
      ? []
      : text.split(':').flatMap((word) => {
          if (!word.includes('.')) return [BigInt(`0x${word}`)];
          const bits = four(word);
          return [bits >> 16n, bits & 0xffffn];
        });
  const [head = '', tail] = address.split('::');
  const left = words(head);
  const right = words(tail ?? '');
  const gap = new Array<bigint>(tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)).fill(0n);
  return [...left, ...gap, ...right].reduce((sum, word) => sum * 65_536n + word, 0n);
}

const isMapped = (address: string): boolean => !isIPv4(address) && bitsOf(address) >> 32n === mappedPrefix;

/** A range: its first address, how many bits of it count, and of how many. */
interface Range {
  readonly address: string;
  readonly length: number;
  readonly width: number;
}

function rangeOf(text: string): Range | undefined {
  const [ip = '', digits = '', ...rest] = text.split('/');
  const address = withoutZeros(ip);
  if (rest.length > 0 || address === undefined || !/^\d{1,6}$/.test(digits)) return undefined;
  const width = isIPv4(address) ? 32 : 128;
  return Number(digits) > width ? undefined : { address, length: Number(digits), width };
}

/** What is wrong with an address. */
export function addressProblem(text: string): string | undefined {
  const plain = withoutZeros(text);
  if (plain === undefined) return addressText;
  if (plain !== text) return 'must not have leading 0s';
  return isMapped(plain) ? 'must not be an IPv4-mapped IPv6 address' : undefined;
}

/** What is wrong with a range of addresses. */
export function cidrProblem(text: string): string | undefined {
  const range = rangeOf(text);
  if (range === undefined) return cidrText;
  const { address, length, width } = range;
  if (text !== `${address}/${length}`) return 'must not have leading 0s in IP or prefix length';
  if (isMapped(address)) return 'must not have an IPv4-mapped IPv6 address';
  const rest = bitsOf(address) & ((1n << BigInt(width - length)) - 1n);
  return rest === 0n ? undefined : 'must not have bits set beyond the prefix length';
}

/** An address as Go writes it. */
const canonicalOf = (plain: string): string =>
  isIPv4(plain) ? plain : new URL(`http://[${plain}]`).hostname.slice(1, -1);

/** What is wrong with an address in a field that came late: it is written in one way only. */
export function canonicalAddressProblem(text: string): string | undefined {
  const problem = addressProblem(text);
  if (problem !== undefined || text === canonicalOf(text)) return problem;
  return `must be in canonical form (${JSON.stringify(canonicalOf(text))})`;
}

/** What is wrong with a range of addresses in a field that came late: it is written in one way only. */
export function canonicalCidrProblem(text: string): string | undefined {
  const problem = cidrProblem(text);
  const [ip = '', length] = text.split('/');
  if (problem !== undefined || ip === canonicalOf(ip)) return problem;
  return `must be in canonical form (${JSON.stringify(`${canonicalOf(ip)}/${length}`)})`;
}

/** True for what is a range of addresses, be it written as it should or not. */
export const isCidr = (text: string): boolean => rangeOf(text) !== undefined;

/** True when all of one range lies in another, larger one. Both must be ranges. */
export function isStrictlyWithin(inner: string, outer: string): boolean {
  const small = rangeOf(inner);
  const large = rangeOf(outer);
  if (small === undefined || large === undefined || small.width !== large.width) return false;
  const shift = BigInt(large.width - large.length);
  return small.length > large.length && bitsOf(small.address) >> shift === bitsOf(large.address) >> shift;
}

/** An address. What the object held before may stay as it is: `kept`. */
export function address(text: string, path: string, errors: FieldError[], kept = nothing): void {
  const problem = kept.has(text) ? undefined : addressProblem(text);
  if (problem !== undefined) errors.push(invalid(path, text, problem));
}

/** A range of addresses. What the object held before may stay as it is: `kept`. */
export function cidr(text: string, path: string, errors: FieldError[], kept = nothing): void {
  const problem = kept.has(text) ? undefined : cidrProblem(text);
  if (problem !== undefined) errors.push(invalid(path, text, problem));
}

/** The name of a host that stands beside addresses and is none. */
export function hostname(text: string, path: string, errors: FieldError[]): void {
  named(isDns1123Subdomain, text, path, errors);
  if (isIP(text) !== 0) errors.push(invalid(path, text, 'must be a DNS name, not an IP address'));
}

/** Addresses no Service and no Endpoint may have: they never leave a machine. */
export function publicAddress(value: string, path: string, errors: FieldError[]): void {
  if (isIP(value) === 0) {
    errors.push(invalid(path, value, 'must be a valid IP address'));
    return;
  }
  const four = isIPv4(value);
  const lower = value.toLowerCase();
  const why: [boolean, string][] = [
    [value === '0.0.0.0' || lower === '::', `may not be unspecified (${value})`],
    [four ? value.startsWith('127.') : lower === '::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    [
      four ? value.startsWith('169.254.') : /^fe[89ab]/.test(lower),
      'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
    [
      four ? value.startsWith('224.0.0.') : lower.startsWith('ff02:'),
      'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  ];
  for (const [wrong, text] of why) if (wrong) errors.push(invalid(path, value, text));
}
