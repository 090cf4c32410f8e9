/** A tunnel WebSocket as a NodeStream: binary messages, the first byte names the channel. */
import type { RawData, WebSocket } from 'ws';
import type { NodeStream } from '../api/node-streams.ts';
import type { Clock } from '../base/clock.ts';

/** Above this many unsent bytes a stream is slow; below the second it is ready again. */
const slow = 1024 * 1024;
const ready = 256 * 1024;
/** A silent connection is pinged this often, and given up when a ping stays unanswered. Milliseconds. */
const pingEvery = 30_000;
/** How long the other side has to answer a close, in milliseconds. */
const closing = 2_000;

/** RFC 6455 §7.4.1: an end that was said, with a code or (1005) without one. */
const orderly = new Set([1000, 1005]);

/** Wraps `socket`. Nothing is read before the first onFrame listener is there. */
export function socketStream(socket: WebSocket, clock: Clock): NodeStream {
  const frameListeners: ((channel: number, data: Buffer) => void)[] = [];
  const closeListeners: ((error?: Error) => void)[] = [];
  const drainListeners: (() => void)[] = [];
  let ended: { error?: Error } | undefined;
  let isSlow = false;
  let isPaused = false;
  let isAlive = true;
  let cancelPing = (): void => {};

  const end = (error?: Error): void => {
    if (ended !== undefined) return;
    ended = error === undefined ? {} : { error };
    cancelPing();
    for (const listener of closeListeners) listener(error);
  };
  const ping = (): void => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
    cancelPing = clock.after(pingEvery, ping);
  };
  const sent = (): void => {
    if (!isSlow || socket.bufferedAmount > ready) return;
    isSlow = false;
    for (const listener of drainListeners) listener();
  };

  socket.pause();
  socket.on('message', (message: RawData, isBinary: boolean) => {
    isAlive = true;
    const data = Buffer.isBuffer(message)
      ? message
      : Array.isArray(message)
        ? Buffer.concat(message)
        : Buffer.from(message);
    const channel = data[0];
    if (!isBinary || channel === undefined) return socket.close(1003, 'frames are binary and begin with a channel');
    for (const listener of frameListeners) listener(channel, data.subarray(1));
  });
  socket.on('pong', () => {
    isAlive = true;
  });
  socket.on('error', (error) => end(error));
  socket.on('close', (code, reason) => {
    const text = reason.length === 0 ? `code ${code}` : reason.toString('utf8');
    end(orderly.has(code) ? undefined : new Error(`the tunnel broke: ${text}`));
  });
  cancelPing = clock.after(pingEvery, ping);

  return {
    onFrame(listener) {
      frameListeners.push(listener);
      if (!isPaused) socket.resume();
    },
    onClose(listener) {
      if (ended === undefined) closeListeners.push(listener);
      else listener(ended.error);
    },
    onDrain: (listener) => void drainListeners.push(listener),
    send(channel, data) {
      if (socket.readyState !== socket.OPEN) return true;
      const frame = Buffer.allocUnsafe(data.length + 1);
      frame[0] = channel;
      data.copy(frame, 1);
      socket.send(frame, sent);
      if (socket.bufferedAmount > slow) isSlow = true;
      return !isSlow;
    },
    pause() {
      isPaused = true;
      socket.pause();
    },
    resume() {
      isPaused = false;
      socket.resume();
    },
    close() {
      // a paused socket would never see the answer to its close
      socket.resume();
      socket.close(1000);
      clock.after(closing, () => socket.terminate());
    },
  };
}
