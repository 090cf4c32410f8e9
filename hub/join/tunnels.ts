/** Streams to nodes: asks the node to dial, and matches the dial to who asked. Only the node that was asked may claim it. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { ApiError } from '../api/errors.ts';
import type { StreamRequest } from '../api/link.ts';
import type { NodeStream, NodeStreams } from '../api/node-streams.ts';
import type { Clock } from '../base/clock.ts';
import { socketStream } from './socket-stream.ts';

/** `request` carries a stream request to the node and answers false, or rejects, when the node is not connected. */
export interface TunnelOptions {
  readonly clock: Clock;
  readonly request: (node: string, request: StreamRequest) => boolean | Promise<boolean>;
  /** How long a node has to dial, in milliseconds. */
  readonly patience?: number;
}

/** Longest frame, in bytes. */
const longestFrame = 4 * 1024 * 1024;

interface Waiting {
  readonly node: string;
  settle(stream: NodeStream | ApiError): void;
}

/** The tunnels. */
export class Tunnels implements NodeStreams {
  readonly #options: TunnelOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #open = new Set<WebSocket>();
  #server: WebSocketServer | undefined;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  async open(node: string, request: Omit<StreamRequest, 'id'>, signal: AbortSignal): Promise<NodeStream> {
    signal.throwIfAborted();
    const id = randomBytes(16).toString('hex');
    const { promise, resolve, reject } = Promise.withResolvers<NodeStream>();
    // it may be refused while the request is still on its way
    promise.catch(() => {});
    const unavailable = (why: string): ApiError => new ApiError('ServiceUnavailable', `node "${node}" ${why}`);
    const settle = (stream: NodeStream | ApiError): void => {
      if (!this.#waiting.delete(id)) return;
      cancel();
      signal.removeEventListener('abort', abort);
      if (stream instanceof ApiError) reject(stream);
      else resolve(stream);
    };
    const abort = (): void => settle(unavailable('was asked for a stream, but the request was cancelled'));
    const late = (): void => settle(unavailable('did not open the stream in time'));
    const cancel = this.#options.clock.after(this.#options.patience ?? 10_000, late);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.set(id, { node, settle });
    try {
      if (!(await this.#options.request(node, { ...request, id }))) settle(unavailable('is not connected'));
    } catch (error) {
      settle(error instanceof ApiError ? error : unavailable('is not connected'));
    }
    return promise;
  }

  /** True when `node` was asked for the stream `id` and has not dialled yet. */
  expects(id: string, node: string): boolean {
    return this.#waiting.get(id)?.node === node;
  }

  /** Turns an upgrade request of `node` into the stream `id`. The caller has asked `expects`. */
  async accept(id: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const server = await this.#webSockets();
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const stream = socketStream(webSocket, this.#options.clock);
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return stream.close();
      this.#open.add(webSocket);
      webSocket.on('close', () => this.#open.delete(webSocket));
      waiting.settle(stream);
    });
  }

  /** Refuses who waits, closes what is open. */
  stop(): void {
    for (const { settle } of [...this.#waiting.values()])
      settle(new ApiError('ServiceUnavailable', 'the hub is stopping'));
    for (const webSocket of this.#open) webSocket.terminate();
    this.#server?.close();
  }

  /** Loaded with the first stream: an idle hub does without. */
  async #webSockets(): Promise<WebSocketServer> {
    if (this.#server === undefined) {
      const { WebSocketServer } = await import('ws');
      this.#server ??= new WebSocketServer({ noServer: true, maxPayload: longestFrame, perMessageDeflate: false });
    }
    return this.#server;
  }
}
