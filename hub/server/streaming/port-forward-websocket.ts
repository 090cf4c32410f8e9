/** Port-forward over WebSocket without SPDY: ports named in the query, each with a data and an error channel. */
import type { WebSocket } from 'ws';
import type { MuxConnection } from '../../base/mux.ts';
import { closeSocket, messageBytes, pack, unpack } from './exec-websocket.ts';
import type { Forwarding } from './port-forward-spdy.ts';

/** What is spoken. */
export const webSocketForwarding = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const;

/** Serves `socket` until one side ends; the answer ends it from ours. One connection a port, as the protocol has it. */
export function forwardWebSocket(
  socket: WebSocket,
  protocol: string,
  ports: readonly number[],
  { mux, pod }: Forwarding,
): () => void {
  const base64 = protocol.includes('base64');
  const connections = ports.map((port, index) => open(port, index));
  const slow = new Set<MuxConnection>();
  let left = ports.length;

  function open(port: number, index: number): MuxConnection {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    const say = (channel: number, data: Buffer, sent = (): void => {}): void =>
      pack(socket, base64, channel, data, sent);
    // API: the first message of each channel names its port
    say(index * 2, number);
    say(index * 2 + 1, number);
    const connection = mux.open(String(port));
    let hasSpoken = false;
    connection.on('data', (data: Buffer) => {
      hasSpoken = true;
      connection.pause();
      say(index * 2, data, () => connection.resume());
    });
    connection.once('error', (cause: Error) => {
      if (!hasSpoken) say(index * 2 + 1, Buffer.from(`error forwarding port ${port} to ${pod}: ${cause.message}`));
    });
    connection.on('drain', () => release(connection));
    connection.once('close', () => {
      release(connection);
      left -= 1;
      if (left === 0) closeSocket(socket);
    });
    connection.once('end', () => connection.end());
    return connection;
  }

  function release(connection: MuxConnection): void {
    if (slow.delete(connection) && slow.size === 0) socket.resume();
  }

  socket.on('message', (message) => {
    const frame = unpack(messageBytes(message), base64);
    if (frame === undefined || frame.channel % 2 === 1) return;
    const connection = connections[frame.channel / 2];
    if (connection === undefined || connection.destroyed || !connection.writable || connection.write(frame.data))
      return;
    slow.add(connection);
    socket.pause();
  });
  socket.on('error', () => socket.terminate());
  socket.once('close', () => mux.close());
  return () => closeSocket(socket);
}
