/** IP addresses and ranges of them. */
import { BlockList, isIP } from 'node:net';
import { bool, cidr, int, ip, string } from '../types/type.ts';
import { EvaluationError, Opaque, type Value } from '../types/value.ts';
import { method, type Overload, plain, reads } from './overload.ts';

/** The bits of an address. */
function bitsOf(text: string): bigint {
  if (isIP(text) === 4) return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const middle = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
}

function textOf(bits: bigint, family: number): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}

/** API: no zones, and no IPv4 written as IPv6. */
function familyOf(text: string): number {
  return text.includes('%') || (text.includes(':') && text.includes('.')) ? 0 : isIP(text);
}

class Address extends Opaque {
  readonly kind = 'net.IP';
  readonly family: number;
  readonly bits: bigint;

  constructor(family: number, bits: bigint) {
    super();
    this.family = family;
    this.bits = bits;
  }

  equals(other: Opaque): boolean {
    return other instanceof Address && other.family === this.family && other.bits === this.bits;
  }

  override toString(): string {
    return textOf(this.bits, this.family);
  }
}

class Network extends Opaque {
  readonly kind = 'net.CIDR';
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  get masked(): Network {
    const host = BigInt((this.address.family === 4 ? 32 : 128) - this.length);
    return new Network(new Address(this.address.family, (this.address.bits >> host) << host), this.length);
  }

  contains(address: Address): boolean {
    if (address.family !== this.address.family) return false;
    const host = BigInt((address.family === 4 ? 32 : 128) - this.length);
    return address.bits >> host === this.address.bits >> host;
  }

  equals(other: Opaque): boolean {
    return other instanceof Network && other.length === this.length && other.address.equals(this.address);
  }

  override toString(): string {
    return `${this.address.toString()}/${this.length}`;
  }
}

function readIp(value: Value): Address {
  const text = value as string;
  const family = familyOf(text);
  if (family === 0) {
    throw new EvaluationError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  }
  return new Address(family, bitsOf(text));
}

function networkOf(text: string): Network | undefined {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const family = match === null ? 0 : familyOf(match[1] ?? '');
  if (match === null || family === 0 || Number(match[2]) > (family === 4 ? 32 : 128)) return undefined;
  return new Network(new Address(family, bitsOf(match[1] ?? '')), Number(match[2]));
}

function readCidr(value: Value): Network {
  const network = networkOf(value as string);
  if (network !== undefined) return network;
  const shown = JSON.stringify(value);
  throw new EvaluationError(
    `network address parse error during conversion from string: netip.ParsePrefix(${shown}): no '/'`,
  );
}

function inBlock(...blocks: readonly (readonly [string, number])[]): (value: Value) => boolean {
  const list = new BlockList();
  for (const [address, length] of blocks) list.addSubnet(address, length, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return (value) => list.check((value as Address).toString(), (value as Address).family === 4 ? 'ipv4' : 'ipv6');
}

const isLoopback = inBlock(['127.0.0.0', 8], ['::1', 128]);
const isLocalMulticast = inBlock(['224.0.0.0', 24], ['ff02::', 16]);
const isLocalUnicast = inBlock(['169.254.0.0', 16], ['fe80::', 10]);
const isMulticast = inBlock(['224.0.0.0', 4], ['ff00::', 8]);
const isUnspecified = (value: Value): boolean => (value as Address).bits === 0n;
const isBroadcast = (value: Value): boolean =>
  (value as Address).family === 4 && (value as Address).bits === 0xffffffffn;

const is = (test: (value: Value) => boolean): Overload[] => [method(ip, [], bool, test)];
const network = (value: Value): Network => value as Network;

function containsNetwork(outer: Value, inner: Network): boolean {
  return network(outer).length <= inner.length && network(outer).contains(inner.address);
}

/** Functions by name. */
export const addresses: readonly (readonly [string, readonly Overload[]])[] = [
  ['ip', [plain([string], ip, readIp, reads(0)), method(cidr, [], ip, (value) => network(value).address)]],
  ['isIP', [plain([string], bool, (text) => familyOf(text as string) !== 0, reads(0))]],
  ['ip.isCanonical', [plain([string], bool, (text) => readIp(text).toString() === text, reads(0))]],
  ['family', [method(ip, [], int, (value) => BigInt((value as Address).family))]],
  ['isUnspecified', is(isUnspecified)],
  ['isLoopback', is(isLoopback)],
  ['isLinkLocalMulticast', is(isLocalMulticast)],
  ['isLinkLocalUnicast', is(isLocalUnicast)],
  [
    'isGlobalUnicast',
    is(
      (value) =>
        !isUnspecified(value) &&
        !isBroadcast(value) &&
        !isLoopback(value) &&
        !isMulticast(value) &&
        !isLocalUnicast(value),
    ),
  ],
  ['cidr', [plain([string], cidr, readCidr, reads(0))]],
  ['isCIDR', [plain([string], bool, (text) => networkOf(text as string) !== undefined, reads(0))]],
  [
    'containsIP',
    [
      method(cidr, [ip], bool, (value, address) => network(value).contains(address as Address)),
      method(cidr, [string], bool, (value, text) => network(value).contains(readIp(text)), reads(1)),
    ],
  ],
  [
    'containsCIDR',
    [
      method(cidr, [cidr], bool, (value, other) => containsNetwork(value, other as Network)),
      method(cidr, [string], bool, (value, text) => containsNetwork(value, readCidr(text)), reads(1)),
    ],
  ],
  ['masked', [method(cidr, [], cidr, (value) => network(value).masked)]],
  ['prefixLength', [method(cidr, [], int, (value) => BigInt(network(value).length))]],
  [
    'string',
    [
      plain([ip], string, (value) => (value as Address).toString()),
      plain([cidr], string, (value) => network(value).toString()),
    ],
  ],
];
