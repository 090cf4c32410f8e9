/** Asking a node for a stream and waiting until it says that it serves it, so that refusals are still HTTP answers. */
import { ApiError, type Reason, reasonCodes } from '../../api/errors.ts';
import { channels } from '../../api/channels.ts';
import type { StreamRequest } from '../../api/link.ts';
import type { NodeStream, NodeStreams } from '../../api/node-streams.ts';
import { type EndStatus, statusFrom } from './terminal.ts';

/** Opens a stream the node has agreed to. Rejects with the node's own refusal, or ServiceUnavailable. */
export async function dialNode(
  streams: NodeStreams,
  node: string,
  request: Omit<StreamRequest, 'id'>,
  signal: AbortSignal,
): Promise<NodeStream> {
  const stream = await streams.open(node, request, signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const early: [number, Buffer][] = [];
  let later: ((channel: number, data: Buffer) => void) | undefined;
  let started = false;
  const abort = (): void => stream.close();
  signal.addEventListener('abort', abort, { once: true });
  stream.onFrame((channel, data) => {
    if (later !== undefined) later(channel, data);
    else if (started) early.push([channel, data]);
    else if (channel === channels.error) reject(errorFrom(statusFrom(data)));
    else {
      // what follows waits for its listener
      started = true;
      stream.pause();
      resolve();
    }
  });
  stream.onClose((error) => {
    reject(new ApiError('InternalError', `Internal error occurred: ${error?.message ?? 'the node hung up'}`));
  });
  try {
    await promise;
  } catch (error) {
    stream.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return {
    onClose: (listener) => stream.onClose(listener),
    send: (channel, data) => stream.send(channel, data),
    onDrain: (listener) => stream.onDrain(listener),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close: () => stream.close(),
    onFrame(listener) {
      later = listener;
      for (const [channel, data] of early.splice(0)) listener(channel, data);
      stream.resume();
    },
  };
}

/** A node's Status as the error it stands for. */
export function errorFrom(status: EndStatus): ApiError {
  const known = status.reason !== undefined && Object.hasOwn(reasonCodes, status.reason);
  const reason = known ? (status.reason as Reason) : 'InternalError';
  return new ApiError(reason, status.message ?? 'the node refused', {
    ...(status.code === undefined ? {} : { code: status.code }),
    ...(status.details === undefined ? {} : { details: status.details }),
  });
}
