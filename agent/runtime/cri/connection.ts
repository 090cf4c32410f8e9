/** The gRPC connection to a container runtime: one channel over its socket. The library is loaded when the first is opened. */
import type { Client } from '@grpc/grpc-js';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Calls, Streams } from './messages.ts';

/** Why a call failed, in the runtime's own words. */
export class CriError extends Error {
  /** As gRPC numbers them. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const hasCode =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof CriError && error.code === code;

/** The runtime did not answer in time, or the caller's time was over. */
export const isLate: (error: unknown) => boolean = hasCode(4);
export const isNotFound: (error: unknown) => boolean = hasCode(5);
/** The runtime does not know this call. */
export const isUnimplemented: (error: unknown) => boolean = hasCode(12);
/** The runtime cannot be reached. */
export const isUnavailable: (error: unknown) => boolean = hasCode(14);

/** How a call is made. */
export interface CallOptions {
  /** Milliseconds; two minutes unless said, as a kubelet's runtimeRequestTimeout. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** The connection. Every call rejects with CriError. */
export interface Connection {
  call<M extends keyof Calls>(method: M, request: Calls[M][0], options?: CallOptions): Promise<Calls[M][1]>;
  /** Calls `take` for each message; resolves when the runtime ends the stream, also when `signal` aborts. */
  stream<M extends keyof Streams>(
    method: M,
    request: Streams[M][0],
    take: (message: Streams[M][1]) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends it; calls under way reject. */
  close(): void;
}

/** Milliseconds. */
const patience = 120_000;

/** The largest answer there is: the output of ExecSync, which runtimes cut at 16 MiB, and a little around it. */
const largest = 17 * 2 ** 20;

const channelOptions = {
  'grpc.max_receive_message_length': largest,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.enable_channelz': 0,
  // every verb is repeated by whoever asked for it
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/** Opens the connection to the socket at `path`. Nothing is said yet: the first call tells whether somebody listens. */
export async function connectCri(path: string, clock: Clock): Promise<Connection> {
  const [{ Client, credentials, Metadata }, { loadMethods, ownToContainerd }] = await Promise.all([
    import('@grpc/grpc-js'),
    import('./methods.ts'),
  ]);
  const methods = await loadMethods();
  const client: Client = new Client(`unix://${path}`, credentials.createInsecure(), channelOptions);
  const method = (name: string) => {
    const found = methods.get(name);
    if (found === undefined) throw new Error(`cri.proto has no call ${name}`);
    return found;
  };
  const plain = new Metadata();
  const namespaced = new Metadata();
  namespaced.set('containerd-namespace', 'k8s.io');
  const open = new Set<{ cancel(): void }>();
  const metadataOf = (name: string) => (ownToContainerd.has(name) ? namespaced : plain);

  return {
    call(name, request, { timeout = patience, signal } = {}) {
      const { path: where, write, read } = method(name);
      return new Promise((resolve, reject) => {
        const options = { deadline: clock.now() + timeout };
        const call = client.makeUnaryRequest(
          where,
          write,
          read,
          request,
          metadataOf(name),
          options,
          (error, answer) => {
            signal?.removeEventListener('abort', cancel);
            open.delete(call);
            if (error !== null) reject(failure(error.code, error.details));
            else resolve(answer as Calls[typeof name][1]);
          },
        );
        open.add(call);
        const cancel = (): void => call.cancel();
        signal?.addEventListener('abort', cancel);
        if (signal?.aborted === true) cancel();
      });
    },
    stream(name, request, take, signal) {
      const { path: where, write, read } = method(name);
      return new Promise((resolve, reject) => {
        const call = client.makeServerStreamRequest(where, write, read, request, metadataOf(name));
        const cancel = (): void => call.cancel();
        const over = (): void => signal.removeEventListener('abort', cancel);
        signal.addEventListener('abort', cancel);
        if (signal.aborted) cancel();
        call.on('data', (message: Streams[typeof name][1]) => take(message));
        call.once('end', () => {
          over();
          resolve();
        });
        call.on('error', (error: Error & { code?: number; details?: string }) => {
          over();
          if (signal.aborted) resolve();
          else reject(failure(error.code ?? 2, error.details ?? error.message));
        });
      });
    },
    close() {
      for (const call of open) call.cancel();
      client.close();
    },
  };
}

/** The library's own words for a runtime that is away say more than anybody wants to read. */
function failure(code: number, details: string): CriError {
  const away = /^(No connection established|Connection dropped|Received RST_STREAM|read E|write E)/.test(details);
  return new CriError(code, away ? 'the container runtime cannot be reached' : details);
}
