/** One question to one server and its answer, over UDP or TCP. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { messageLimit } from './wire/codes.ts';
import type { UpstreamPlace } from './upstream.ts';

/** What to send, and how to know the answer. */
export interface Exchange<T> {
  readonly place: UpstreamPlace;
  readonly message: Buffer;
  /** The answer in a message, or undefined when the message is no answer to this. */
  readonly read: (message: Buffer) => T | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Over a socket, and so a port, of its own: that and the id are what a forger has to guess. Rejects when there is no answer. */
export function askDatagram<T>(exchange: Exchange<T>): Promise<T> {
  const { place, message, read } = exchange;
  const socket: DatagramSocket = createSocket(isIPv6(place.address) ? 'udp6' : 'udp4');
  return limited(
    exchange,
    () => socket.close(),
    (resolve, reject) => {
      socket.on('error', reject);
      // what is no answer may be a forgery: the real one can still come
      socket.on('message', (bytes) => {
        const answer = read(bytes);
        if (answer !== undefined) resolve(answer);
      });
      // only messages of that server reach a socket that is connected, and its machine's refusal does too
      // the callback gets the error that would have been an event otherwise: there may be no way to that server from here
      const connected = (error?: Error): void => (error === undefined ? socket.send(message) : reject(error));
      socket.connect(place.port, place.address, connected);
    },
  );
}

/** Over a connection of its own. Rejects when there is no answer. */
export function askConnection<T>(exchange: Exchange<T>): Promise<T> {
  const { place, message, read } = exchange;
  const socket = connect({ host: place.address, port: place.port });
  return limited(
    exchange,
    () => socket.destroy(),
    (resolve, reject) => {
      let held = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the connection was closed before the answer came')));
      socket.on('connect', () => socket.write(framed(message)));
      socket.on('data', (bytes) => {
        held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
        const size = held.length < 2 ? messageLimit : held.readUInt16BE(0);
        if (held.length < size + 2) return;
        const answer = read(held.subarray(2, size + 2));
        if (answer === undefined) reject(new Error('what came is no answer'));
        else resolve(answer);
      });
    },
  );
}

/** RFC 1035, 4.2.2: two bytes of length before each message. */
export function framed(message: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(message.length + 2);
  bytes.writeUInt16BE(message.length, 0);
  message.copy(bytes, 2);
  return bytes;
}

function limited<T>(
  { timeout, signal, place }: Exchange<T>,
  close: () => void,
  begin: (resolve: (answer: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      close();
      settle();
    };
    let isOver = false;
    const abort = (): void => end(() => reject(new Error('stopped')));
    const late = (): void => end(() => reject(new Error(`${place.address} did not answer in ${timeout} ms`)));
    const timer = setTimeout(late, timeout);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();
    begin(
      (answer) => end(() => resolve(answer)),
      (error) => end(() => reject(error)),
    );
  });
}
