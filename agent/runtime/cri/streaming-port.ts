/** Connections to ports of a Pod over the streaming server of a CRI runtime. */
import type { Duplex } from 'node:stream';
import { dialStreaming } from './streaming-session.ts';
import { textOf } from './streaming-text.ts';

const protocol = 'portforward.k8s.io';

/**
 * One connection to `port`, over what the runtime answered to PortForward. Rejects when the runtime cannot be reached. That
 * nobody listens is told afterwards: the connection breaks with an Error that says so. containerd takes no half-closed
 * connections: one second after this side ended, so does the other.
 */
export async function openPort(url: string, port: number): Promise<Duplex> {
  const { session, destroy } = await dialStreaming(url, protocol);
  try {
    const headers = (streamtype: string): Map<string, string> =>
      new Map([
        ['streamtype', streamtype],
        ['port', String(port)],
        ['requestid', '0'],
      ]);
    const refusal = Promise.withResolvers<string>();
    const [error, data] = await Promise.all([
      session.open(headers('error'), (made) => refusal.resolve(textOf(made))),
      session.open(headers('data')),
    ]);
    error.end();
    void refusal.promise.then((text) => {
      if (text !== '') data.destroy(new Error(text.trim()));
    });
    data.once('close', () => session.close());
    return data;
  } catch (error) {
    destroy();
    throw error;
  }
}
