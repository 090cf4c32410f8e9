/** Looking at a hub without asking it for anything: is it there, is it the one that was joined, and what time has it? */
import type { TLSSocket } from 'node:tls';
import { connectHub, HubError } from './hub-request.ts';
import { hubAddress, loadIdentity } from './identity.ts';

/** What was seen. Times in Unix milliseconds. */
export interface HubSight {
  readonly host: string;
  readonly port: number;
  /** Why it cannot be talked to, in one sentence; undefined when it can. */
  readonly trouble?: string;
  /** Somebody answered who does not hold the key of the CA that was joined. */
  readonly isImpostor: boolean;
  /** The hub's clock, to the second. */
  readonly time?: number;
  /** When the certificate it shows ends. */
  readonly certificateEnd?: number;
}

/** Looks at the hub this device joined, for at most `patience` milliseconds; undefined when it joined none. Rejects for a damaged identity. */
export async function seeHub(directory: string, patience: number): Promise<HubSight | undefined> {
  const identity = await loadIdentity(directory);
  if (identity === undefined) return undefined;
  // at time 0 no certificate is over: that is for who reads certificateEnd to judge, with both clocks at hand
  const address = hubAddress(identity, 0);
  const { host, port } = address;
  const signal = AbortSignal.timeout(patience);
  try {
    const socket = await connectHub(address, signal);
    try {
      const certificateEnd = Date.parse(socket.getPeerCertificate().valid_to);
      const time = await dateOf(socket, `${host.includes(':') ? `[${host}]` : host}:${port}`, signal);
      return { host, port, isImpostor: false, certificateEnd, ...(time === undefined ? {} : { time }) };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    const trouble = signal.aborted
      ? `the hub at ${host}:${port} does not answer within ${patience / 1000} s`
      : (error as Error).message;
    return { host, port, trouble, isImpostor: error instanceof HubError && error.isImpostor };
  }
}

const headLimit = 16 * 1024;

/** The time in the head of an answer (RFC 9110, 6.6.1); undefined when it says none. Rejects when nothing comes. */
function dateOf(socket: TLSSocket, host: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let head = '';
    const read = (): void => {
      const [, text] = /\r\ndate: ([^\r]*)\r\n/i.exec(head) ?? [];
      const time = Date.parse(text ?? '');
      resolve(Number.isNaN(time) ? undefined : time);
    };
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n') || head.length > headLimit) read();
    });
    socket.once('end', read);
    socket.once('error', reject);
    signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true });
    socket.write(`HEAD / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  });
}
