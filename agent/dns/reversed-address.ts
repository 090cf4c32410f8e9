/** Names that stand for addresses: `4.3.2.1.in-addr.arpa` (RFC 1035, 3.5), and nibbles below `ip6.arpa` (RFC 3596, 2.5). */
import { isIP } from 'node:net';
import type { Labels } from './wire/name.ts';

/** The address, or undefined for a name that stands for none. */
export function reversedAddress(labels: Labels): string | undefined {
  if (labels.at(-1) !== 'arpa') return undefined;
  const parts = labels.slice(0, -2).reverse();
  if (labels.at(-2) === 'in-addr') return isIP(parts.join('.')) === 4 ? parts.join('.') : undefined;
  if (labels.at(-2) !== 'ip6' || parts.length !== 32 || !parts.every((nibble) => /^[0-9a-f]$/.test(nibble)))
    return undefined;
  return Array.from({ length: 8 }, (_, at) => parts.slice(at * 4, at * 4 + 4).join('')).join(':');
}
