/** Port-forward over SPDY: each connection is a data stream and an error stream that name the same request. */
import type { Duplex } from 'node:stream';
import { joinDuplexes } from '../../base/duplexes.ts';
import type { Mux } from '../../base/mux.ts';
import { SpdySession } from '../../base/spdy/session.ts';
import type { SpdyStream } from '../../base/spdy/stream.ts';

/** Where connections go, and the Pod as errors name it. */
export interface Forwarding {
  readonly mux: Mux;
  readonly pod: string;
}

interface Pair {
  error?: SpdyStream;
  data?: SpdyStream;
}

/** Serves a session over `socket` until one side ends; the answer ends it from ours. */
export function forwardSpdy(socket: Duplex, forwarding: Forwarding): () => void {
  const pairs = new Map<string, Pair>();
  const session = new SpdySession({
    socket,
    opened(stream) {
      const type = stream.headers.get('streamtype');
      const port = Number(stream.headers.get('port'));
      if ((type !== 'error' && type !== 'data') || !Number.isInteger(port) || port < 1 || port > 65_535) return false;
      const key = stream.headers.get('requestid') ?? implied(stream, type);
      const pair = pairs.get(key) ?? {};
      if (pair[type] !== undefined) return false;
      pair[type] = stream;
      pairs.set(key, pair);
      stream.once('close', () => pairs.get(key) === pair && pairs.delete(key));
      if (pair.data === undefined || pair.error === undefined) return true;
      pairs.delete(key);
      forward(forwarding, port, pair.data, pair.error);
      return true;
    },
    ended: () => forwarding.mux.close(),
  });
  return () => session.close();
}

/** API: clients that send no request id open the error stream first and the data stream right behind it. */
function implied(stream: SpdyStream, type: 'error' | 'data'): string {
  return `stream ${type === 'error' ? stream.id : stream.id - 2}`;
}

function forward({ mux, pod }: Forwarding, port: number, data: SpdyStream, error: SpdyStream): void {
  const connection = mux.open(String(port));
  let isConnected = false;
  let hasSpoken = false;
  error.resume();
  connection.once('connect', () => {
    isConnected = true;
    connection.once('data', () => {
      hasSpoken = true;
    });
    joinDuplexes(data, connection);
  });
  data.once('close', () => isConnected || connection.destroy());
  connection.once('error', (cause: Error) => {
    // only what was never there is told, which some runtimes say late: one that breaks later looks broken, and no more
    if (!hasSpoken) error.write(`error forwarding port ${port} to ${pod}: ${cause.message}`);
  });
  connection.once('close', () => {
    if (!isConnected) data.destroy();
    error.end();
  });
}
