/** Exec and attach over WebSocket: `*.channel.k8s.io`, one channel a leading byte (or digit, before base64). */
import type { RawData, WebSocket } from 'ws';
import { channels } from '../../api/channels.ts';
import type { EndStatus, Terminal, Wanted } from './terminal.ts';
import { statusText } from './terminal.ts';

/** What is spoken, best first. Version 5 can end stdin, 4 sends a Status, those before text. */
export const execProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;

/** Above this many unsent bytes the client is slow. */
const slow = 512 * 1024;
/** How long a client has to answer a close, in milliseconds. */
const closing = 5_000;

/** A WebSocket message as one Buffer. */
export function messageBytes(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}

/** Channel byte and data; undefined when the message is neither. */
export function unpack(message: Buffer, base64: boolean): { channel: number; data: Buffer } | undefined {
  const first = message[0];
  if (first === undefined) return undefined;
  if (!base64) return { channel: first, data: message.subarray(1) };
  return { channel: first - 0x30, data: Buffer.from(message.toString('latin1', 1), 'base64') };
}

/** Sends data on a channel; `sent` is called when it is out. */
export function pack(socket: WebSocket, base64: boolean, channel: number, data: Buffer, sent: () => void): void {
  if (socket.readyState !== socket.OPEN) return;
  if (base64) socket.send(`${channel}${data.toString('base64')}`, { binary: false }, sent);
  else socket.send(Buffer.concat([Buffer.from([channel]), data]), { binary: true }, sent);
}

/** Ends a WebSocket, also when the other side does not answer. */
export function closeSocket(socket: WebSocket, code = 1000): void {
  socket.resume();
  socket.close(code);
  setTimeout(() => socket.terminate(), closing).unref();
}

/** The client behind `socket`. */
export function webSocketTerminal(socket: WebSocket, protocol: string, wanted: Wanted): Terminal {
  const base64 = protocol.includes('base64');
  const withStatus = protocol.startsWith('v');
  const drained: (() => void)[] = [];
  let isSlow = false;
  const sent = (): void => {
    if (!isSlow || socket.bufferedAmount > slow / 4) return;
    isSlow = false;
    for (const listener of drained) listener();
  };
  socket.pause();
  socket.on('error', () => socket.terminate());
  // API: an empty message on the first channel tells old clients that the stream is there.
  pack(socket, base64, wanted.stdout ? channels.stdout : channels.error, Buffer.alloc(0), sent);
  return {
    onInput(listener) {
      socket.on('message', (message) => {
        const frame = unpack(messageBytes(message), base64);
        if (frame === undefined) return;
        const { channel, data } = frame;
        const isInput =
          (channel === channels.stdin && wanted.stdin && data.length > 0) ||
          (channel === channels.resize && wanted.tty) ||
          (channel === channels.end && protocol === execProtocols[0] && data[0] === channels.stdin);
        if (isInput) listener(channel, data);
      });
      socket.resume();
    },
    output(channel, data) {
      if (!(channel === channels.stdout ? wanted.stdout : wanted.stderr)) return true;
      pack(socket, base64, channel, data, sent);
      if (socket.bufferedAmount > slow) isSlow = true;
      return !isSlow;
    },
    onDrain: (listener) => void drained.push(listener),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    probe() {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    finish(status: EndStatus) {
      const text = withStatus ? JSON.stringify(status) : statusText(status);
      if (text !== '') pack(socket, base64, channels.error, Buffer.from(text), sent);
      closeSocket(socket);
    },
    onGone: (listener) => void socket.once('close', listener),
  };
}
