/** Where a watch writes its chunks: to the connection as they are, or to a stream of HTTP/2, which has no chunks. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a watch needs of it. */
export interface WatchOut {
  readonly destroyed: boolean;
  /** Takes one or more whole chunks; false asks to wait for `drain`. */
  write(chunks: Buffer): boolean;
  cork(): void;
  uncork(): void;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain', listener: () => void): unknown;
}

const crlf = Buffer.from('\r\n');

/** What is inside of chunks, onto a stream. */
class Unchunked implements WatchOut {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  write(chunks: Buffer): boolean {
    let takes = true;
    for (let at = 0; at < chunks.length; ) {
      const begin = chunks.indexOf(crlf, at) + crlf.length;
      const end = begin + Number.parseInt(chunks.toString('latin1', at, begin), 16);
      takes = this.#stream.write(chunks.subarray(begin, end));
      at = end + crlf.length;
    }
    return takes;
  }

  cork(): void {
    this.#stream.cork();
  }

  uncork(): void {
    this.#stream.uncork();
  }

  on(event: 'drain', listener: () => void): void {
    this.#stream.on(event, listener);
  }

  off(event: 'drain', listener: () => void): void {
    this.#stream.off(event, listener);
  }
}

/** The way out of a watch; undefined when its client has left. */
export function watchOut(res: ServerResponse): WatchOut | undefined {
  const { stream } = res as { stream?: Duplex };
  return stream === undefined ? (res.socket ?? undefined) : new Unchunked(stream);
}
