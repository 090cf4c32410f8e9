/** The calls of a container runtime, over its socket. */
import type { Clock } from '../../../hub/base/clock.ts';
import { codes, GrpcChannel } from './grpc.ts';
import { CriError } from './cri-error.ts';
import type { Calls, Streams } from './messages.ts';
import { loadMethods, type Method, ownToContainerd } from './methods.ts';

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

/** The namespace of containerd that holds what CRI makes; its own API wants to be told. */
const namespaced = { 'containerd-namespace': 'k8s.io' };

/** Opens the connection to the socket at `path`. Nothing is said yet: the first call tells whether somebody listens. */
export async function connectCri(path: string, clock: Clock): Promise<Connection> {
  const methods = await loadMethods();
  const channel = new GrpcChannel(path, clock);
  const method = (name: string): Method => {
    const found = methods.get(name);
    if (found === undefined) throw new Error(`cri.proto has no call ${name}`);
    return found;
  };
  const send = (name: string, message: object, take: (answer: object) => void, options: CallOptions): Promise<void> => {
    const { path: where, write, read } = method(name);
    return channel.send({
      ...{ path: where, message: write(message), take: (bytes) => take(read(bytes)) },
      ...{ metadata: ownToContainerd.has(name) ? namespaced : {}, ...options },
    });
  };
  return {
    async call(name, request, { timeout = patience, signal } = {}) {
      let answer: object | undefined;
      const take = (message: object): void => {
        answer = message;
      };
      await send(name, request, take, signal === undefined ? { timeout } : { timeout, signal });
      if (answer === undefined) throw new CriError(codes.unknown, 'the container runtime answered nothing');
      return answer as Calls[typeof name][1];
    },
    async stream(name, request, take, signal) {
      try {
        await send(name, request, (message) => take(message as Streams[typeof name][1]), { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    close: () => channel.close(),
  };
}
