/** Serves port-forward: every connection the hub opens goes to a port of the Pod, or of this node when no Pod is named. */
import type { Duplex } from 'node:stream';
import { channels } from '../../../hub/api/channels.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import { joinDuplexes } from '../../../hub/base/duplexes.ts';
import { connectLocally } from '../../../hub/base/local-port.ts';
import { Mux, type MuxConnection } from '../../../hub/base/mux.ts';
import type { FramedStream } from '../../link/link.ts';
import { podOf, type StreamContext } from './live-container.ts';

/** Carries connections until the tunnel ends. Throws ApiError when there is no such Pod. */
export async function servePorts(
  context: StreamContext,
  request: StreamRequest,
  stream: FramedStream,
  signal: AbortSignal,
): Promise<void> {
  const uid = request.pod === '' ? undefined : podOf(context, request).checkpoint.uid;
  const dial = (port: number): Promise<Duplex> =>
    uid === undefined ? connectLocally(port) : context.runtime.connect(uid, port);
  stream.send(channels.started, Buffer.alloc(0));
  const mux = new Mux({ carrier: stream, accept: (label, connection) => void join(connection, label, dial) });
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  mux.close();
}

async function join(connection: MuxConnection, label: string, dial: (port: number) => Promise<Duplex>): Promise<void> {
  const port = Number(label);
  let socket: Duplex;
  try {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`"${label}" is no port`);
    socket = await dial(port);
  } catch (error) {
    connection.destroy(new Error(`failed to connect to localhost:${label} inside the pod: ${reasonOf(error)}`));
    return;
  }
  socket.on('error', (error) => connection.destroy(new Error(reasonOf(error))));
  joinDuplexes(connection, socket);
  connection.accept();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
