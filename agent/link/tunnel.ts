/** Dialling the hub's tunnel: one WebSocket a stream, cut into frames of one channel byte and data. */
import type { Duplex } from 'node:stream';
import { connectHub, type HubAddress } from './hub-request.ts';
import type { FramedStream } from './link.ts';

const handshakeTimeout = 10_000;

/** The largest frame that is taken, in bytes. */
const frameLimit = 4 * 1024 * 1024;

/** Dials `/tunnel?id=…`. Rejects when the hub cannot be reached, refuses, or `signal` aborts first. */
export async function dialTunnel(hub: HubAddress, id: string, signal: AbortSignal): Promise<FramedStream> {
  signal.throwIfAborted();
  const { WebSocket, createWebSocketStream } = await import('ws');
  const connection = await connectHub(hub, signal);
  const host = hub.host.includes(':') ? `[${hub.host}]` : hub.host;
  const socket = new WebSocket(`wss://${host}:${hub.port}/tunnel?id=${encodeURIComponent(id)}`, {
    createConnection: () => connection,
    handshakeTimeout,
    maxPayload: frameLimit,
    perMessageDeflate: false,
  });
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', abort));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const raw = createWebSocketStream(socket, { readableObjectMode: true });
  // the stream alone would only notice at its next write
  socket.once('close', () => raw.destroy());
  return frame(raw);
}

/** Cuts a stream whose chunks are whole messages into frames. */
function frame(raw: Duplex): FramedStream {
  raw.on('error', () => raw.destroy());
  return {
    raw,
    send: (channel, data) => raw.writable && raw.write(Buffer.concat([Buffer.from([channel]), data])),
    onFrame: (listener) => {
      raw.on('data', (message: Buffer) => {
        const channel = message[0];
        if (channel !== undefined) listener(channel, message.subarray(1));
      });
    },
    onClose: (listener) => {
      raw.once('close', listener);
    },
    onDrain: (listener) => {
      raw.on('drain', listener);
    },
    close: () => {
      raw.end();
    },
  };
}
