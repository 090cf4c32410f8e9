/** Waiting for the first that a node says on a stream, so that a refusal is still an HTTP answer. */
import { channels } from '../../api/channels.ts';
import type { NodeStream } from '../../api/node-streams.ts';
import type { Clock } from '../../base/clock.ts';
import { errorFrom } from './dial.ts';
import { statusFrom } from './terminal.ts';

/** The stream, from its first frame on, once there is one, or none came within `patience` milliseconds. Rejects with a refusal. */
export async function begun(stream: NodeStream, clock: Clock, patience: number): Promise<NodeStream> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const early: [number, Buffer][] = [];
  let later: ((channel: number, data: Buffer) => void) | undefined;
  let closed: { readonly error: Error | undefined } | undefined;
  const ends: ((error?: Error) => void)[] = [];
  const cancel = clock.after(patience, resolve);
  stream.onFrame((channel, data) => {
    if (later !== undefined) return later(channel, data);
    const status = channel === channels.error && early.length === 0 ? statusFrom(data) : undefined;
    if (status !== undefined && status.status !== 'Success') return reject(errorFrom(status));
    early.push([channel, data]);
    stream.pause();
    resolve();
  });
  stream.onClose((error) => {
    closed = { error };
    resolve();
    for (const end of ends) end(error);
  });
  try {
    await promise;
  } catch (error) {
    stream.close();
    throw error;
  } finally {
    cancel();
  }
  return {
    send: (channel, data) => stream.send(channel, data),
    onDrain: (listener) => stream.onDrain(listener),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close: () => stream.close(),
    onFrame(listener) {
      later = listener;
      for (const [channel, data] of early.splice(0)) listener(channel, data);
      stream.resume();
      // what was left when it ended has been heard by now
      if (closed !== undefined) for (const end of ends) end(closed.error);
    },
    onClose: (listener) => void ends.push(listener),
  };
}
