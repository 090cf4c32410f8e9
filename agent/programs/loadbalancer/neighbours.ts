/** Tells the machines around where an address is now. */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { covers, parseRange, type Range } from '../../../hub/base/ranges.ts';
import { isOwnDevice } from './interface.ts';

/** Port nobody has to answer at (RFC 863). */
const discard = 9;

/** How many machines are asked for, so that one of them at least is not known yet. */
const asked = 3;

/**
 * RFC 826: who hears a question of an address it knows takes the sender's hardware address for it. So the kernel is made to ask
 * everybody for a neighbour, from this address: no program for ARP is needed. Never rejects; the next word may be heard.
 */
export async function tellNeighbours(address: string, random: () => number): Promise<void> {
  const range = neighbourhood(address);
  if (range === undefined) return;
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, address, resolve);
    });
    for (const target of targetsIn(range, random))
      await new Promise<void>((resolve) => socket.send('', discard, target, () => resolve()));
  } catch {
    // the address went away meanwhile
  } finally {
    socket.close();
  }
}

/** Some addresses of a network. Pure but for `random`. */
export function targetsIn(range: Range, random: () => number): string[] {
  const size = 2 ** (32 - range.bits);
  return Array.from({ length: asked }, () => {
    const other = Number(range.first) + 1 + Math.floor(random() * (size - 2));
    return [24, 16, 8, 0].map((shift) => Math.floor(other / 2 ** shift) % 256).join('.');
  });
}

/** The network of this machine an address lies in; undefined where routers bring its packets. */
function neighbourhood(address: string): Range | undefined {
  const one = parseRange(address);
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    for (const { cidr } of isOwnDevice(name) ? [] : (addresses ?? [])) {
      const range = parseRange(cidr ?? '');
      if (one !== undefined && range !== undefined && range.bits < 31 && covers(range, one)) return range;
    }
  return undefined;
}
