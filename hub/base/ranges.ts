/** Ranges of IP addresses (CIDRs), of both families, as numbers to compare. Pure. */
import { isIP } from 'node:net';

/** A range. */
export interface Range {
  readonly family: 4 | 6;
  /** Its first address. */
  readonly first: bigint;
  /** Length of the prefix. */
  readonly bits: number;
}

/** A way this machine has by itself: a route of its kernel. */
export interface MachineRoute {
  /** As it is written: `10.0.0.0/8`. */
  readonly range: string;
  readonly device: string;
  /** True when the range is a network this machine is in itself, not one behind a router. */
  readonly direct: boolean;
}

/** `10.32.0.0/11`, or one address; undefined for anything else. Bits of the host do not count. */
export function parseRange(text: string): Range | undefined {
  const [base = '', length, ...rest] = text.split('/');
  const family = isIP(base);
  if ((family !== 4 && family !== 6) || rest.length > 0) return undefined;
  const all = family === 4 ? 32 : 128;
  const bits = length === undefined ? all : Number(length);
  if (!/^\d{1,3}$/.test(length ?? String(all)) || bits > all) return undefined;
  const host = BigInt(all - bits);
  return { family, first: ((family === 4 ? four(base) : six(base)) >> host) << host, bits };
}

/** True when `inner` is all within `outer`. */
export function covers(outer: Range, inner: Range): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const host = BigInt((outer.family === 4 ? 32 : 128) - outer.bits);
  return outer.first >> host === inner.first >> host;
}

/** True when they have an address in common. */
export const overlap = (one: Range, other: Range): boolean => covers(one, other) || covers(other, one);

/**
 * The first route that a range of the cluster clashes with: one that takes a part of its packets away, or a network of this
 * machine itself that lies around it. A wide route to a router is none: the cluster's own ways are narrower.
 */
export function clashing(range: Range, routes: readonly MachineRoute[]): MachineRoute | undefined {
  return routes.find((route) => {
    const taken = parseRange(route.range);
    return taken !== undefined && (covers(range, taken) || (route.direct && covers(taken, range)));
  });
}

function four(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function six(text: string): bigint {
  const [, plain = text, mapped] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const tail = mapped === undefined ? [] : [four(mapped) >> 16n, four(mapped) & 0xffffn];
  const groups = (part: string): bigint[] =>
    part
      .split(':')
      .filter((group) => group !== '')
      .map((group) => BigInt(`0x${group.replace(/%.*/, '')}`));
  const [left = '', right] = plain.split('::');
  const head = groups(left);
  const end = [...groups(right ?? ''), ...tail];
  const zeros = right === undefined ? [] : Array<bigint>(Math.max(0, 8 - head.length - end.length)).fill(0n);
  return [...head, ...zeros, ...end].reduce((sum, group) => (sum << 16n) + group, 0n);
}
