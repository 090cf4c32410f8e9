/** Connections that speak HTTP/2: taken over after their TLS handshake, bounded, and led to their end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { makeHttp2Server } from './http2-server.ts';

/** What takes requests. */
export type Handle = (req: IncomingMessage, res: ServerResponse) => void;

/**
 * The HTTP/2 connections of the API server.
 *
 * INVARIANTS: node:http2 is loaded with the first of them; a connection without a request for `idle` milliseconds is
 * closed, one with a watch is not.
 */
export class Http2Connections {
  readonly #handle: Handle;
  readonly #idle: number;
  readonly #clock: Clock;
  readonly #open = new Set<ServerHttp2Session>();
  #server: Http2Server | undefined;

  constructor(options: { handle: Handle; idle: number; clock: Clock }) {
    this.#handle = options.handle;
    this.#idle = options.idle;
    this.#clock = options.clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes over a connection on which HTTP/2 was agreed. */
  take(socket: TLSSocket): void {
    this.#server ??= makeHttp2Server(this.#handle, (session) => this.#follow(session));
    this.#server.emit('connection', socket);
  }

  /** Tells clients to go (GOAWAY) and waits for their answers, for `patience` milliseconds at most. */
  async close(patience: number): Promise<void> {
    if (this.#open.size === 0) return;
    const gone = [...this.#open].map((session) => new Promise((resolve) => session.once('close', resolve)));
    for (const session of this.#open) session.close();
    const cancel = this.#clock.after(patience, () => {
      for (const session of this.#open) session.destroy();
    });
    await Promise.all(gone);
    cancel();
  }

  #follow(session: ServerHttp2Session): void {
    let requests = 0;
    const idle = (): (() => void) => this.#clock.after(this.#idle, () => session.close());
    // not the session's own timer, which nobody can stop once the session has ended and which holds it for as long
    let cancel = idle();
    this.#open.add(session);
    session.on('stream', (stream) => {
      requests += 1;
      cancel();
      stream.on('close', () => {
        requests -= 1;
        if (requests === 0 && !session.closed) cancel = idle();
      });
    });
    session.on('error', () => session.destroy());
    session.on('close', () => {
      cancel();
      this.#open.delete(session);
    });
  }
}
