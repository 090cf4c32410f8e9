/** Connecting to a port of this machine, over IPv4 or else IPv6, each half of the connection ending by itself. */
import { connect, type Socket } from 'node:net';

const hosts = ['127.0.0.1', '::1'] as const;

/** Rejects with the error of the first address when nobody listens on either. */
export async function connectLocally(port: number): Promise<Socket> {
  let first: unknown;
  for (const host of hosts) {
    try {
      return await connected(connect({ host, port, allowHalfOpen: true, noDelay: true }));
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
