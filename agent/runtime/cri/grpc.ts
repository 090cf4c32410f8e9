/**
 * gRPC over HTTP/2 to a socket of this machine: as much of its protocol as calls to a container runtime need. One session
 * carries all calls; when it breaks they fail, and the next call opens another one.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { createConnection } from 'node:net';
import type { Clock } from '../../../hub/base/clock.ts';
import { CriError } from './cri-error.ts';
import { frame, Frames } from './grpc-frames.ts';

/** gRPC's status codes. */
export const codes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** One call. */
export interface GrpcRequest {
  readonly path: string;
  readonly message: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds; unset: as long as it takes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Called for each message of the answer. */
  take(message: Buffer): void;
}

/** The largest message there is: the output of ExecSync, which runtimes cut at 16 MiB, and a little around it. */
const largest = 17 * 2 ** 20;

/** What gRPC allows for a timeout: eight digits. */
const longestTimeout = 99_999_999;

/** The connection. */
export class GrpcChannel {
  readonly #path: string;
  readonly #clock: Clock;
  #session: ClientHttp2Session | undefined;
  #closed = false;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Resolves when the answer is complete; rejects with CriError. */
  send(request: GrpcRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const { timeout, signal } = request;
      const stream = this.#request(headersOf(request));
      const end = new Ending(stream, request.take);
      const cancel = (): void => end.cut(new CriError(codes.cancelled, 'the call was given up'));
      const late = (): void =>
        end.cut(new CriError(codes.deadlineExceeded, 'the container runtime did not answer in time'));
      const release = timeout === undefined ? (): void => {} : this.#clock.after(timeout, late);
      signal?.addEventListener('abort', cancel);
      stream.once('close', () => {
        release();
        signal?.removeEventListener('abort', cancel);
        const failure = end.failure(this.#closed);
        if (failure === undefined) resolve();
        else reject(failure);
      });
      stream.end(frame(request.message));
      if (signal?.aborted === true) cancel();
    });
  }

  /** Ends it; calls under way reject. */
  close(): void {
    this.#closed = true;
    this.#session?.destroy();
  }

  #request(headers: Record<string, string>): ClientHttp2Stream {
    try {
      return this.#open().request(headers);
    } catch (error) {
      if (error instanceof CriError) throw error;
      // it is just being closed by the other side
      throw new CriError(codes.unavailable, 'the container runtime cannot be reached');
    }
  }

  #open(): ClientHttp2Session {
    if (this.#closed) throw new CriError(codes.cancelled, 'the connection to the container runtime is closed');
    const before = this.#session;
    if (before !== undefined && !before.closed && !before.destroyed) return before;
    const session = connect('http://localhost', { createConnection: () => createConnection(this.#path) });
    // each of its calls is told, too
    session.on('error', () => {});
    this.#session = session;
    return session;
  }
}

function headersOf({ path, metadata, timeout }: GrpcRequest): Record<string, string> {
  const limit = timeout === undefined ? {} : { 'grpc-timeout': `${Math.min(longestTimeout, Math.ceil(timeout))}m` };
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...limit,
    ...metadata,
  };
}

/** How a call ends: by the status the runtime sends last, or by one of ours when we cut it. */
class Ending {
  readonly #stream: ClientHttp2Stream;
  #ours: CriError | undefined;
  #status: number | undefined;
  #message = '';

  constructor(stream: ClientHttp2Stream, take: (message: Buffer) => void) {
    this.#stream = stream;
    const frames = new Frames(largest);
    const told = (headers: IncomingHttpHeaders): void => this.#told(headers);
    stream.on('response', told);
    stream.on('trailers', told);
    stream.on('data', (piece: Buffer) => {
      try {
        for (const message of frames.take(piece)) take(message);
      } catch (error) {
        this.cut(new CriError(codes.resourceExhausted, error instanceof Error ? error.message : String(error)));
      }
    });
    // told by «close» as well
    stream.on('error', () => {});
  }

  /** Ends it now, and lets the runtime know. The first reason counts. */
  cut(reason: CriError): void {
    this.#ours ??= reason;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Why it failed; undefined when it did not. */
  failure(closed: boolean): CriError | undefined {
    if (this.#status === codes.ok && this.#ours === undefined) return undefined;
    if (this.#status !== undefined && this.#status !== codes.ok) return new CriError(this.#status, this.#message);
    if (this.#ours !== undefined) return this.#ours;
    if (closed) return new CriError(codes.cancelled, 'the connection to the container runtime was closed');
    return new CriError(codes.unavailable, 'the container runtime cannot be reached');
  }

  #told(headers: IncomingHttpHeaders): void {
    const status = headers['grpc-status'];
    if (status === undefined) return;
    this.#status = Number(status);
    this.#message = text(String(headers['grpc-message'] ?? ''));
  }
}

/** API: gRPC writes what is not plain ASCII in percents. */
function text(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
