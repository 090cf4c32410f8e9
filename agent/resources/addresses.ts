/** The addresses under which others reach this node. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isClusterDevice } from '../../hub/base/machine-routes.ts';

/**
 * The address packets to `host` leave from, asked of the kernel's routes (a connected UDP socket; nothing is sent). When
 * the hub is on this machine or has no route now, the first address of a real interface, else the loopback.
 */
export async function nodeAddresses(host: string): Promise<string[]> {
  const routed = await routeTo(host);
  if (routed !== undefined && !/^(127\.|::1$|0\.0\.0\.0$|::$)/.test(routed)) return [routed];
  const own = Object.entries(networkInterfaces())
    .flatMap(([name, entries]) => (isClusterDevice(name) ? [] : (entries ?? [])))
    .filter((entry) => !entry.internal && !(entry.family === 'IPv6' && /^fe80:/i.test(entry.address)));
  const first = own.find((entry) => entry.family === 'IPv4') ?? own[0];
  return [first?.address ?? routed ?? '127.0.0.1'];
}

function routeTo(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const done = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => done(undefined));
    socket.connect(9, host, () => done(socket.address().address));
  });
}
