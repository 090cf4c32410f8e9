/** What comes on a socket, taken from it at once: when a write fails later, or the peer is gone, it is still there. */
import type { Duplex } from 'node:stream';

/** Bytes that may wait before the socket is held back. */
const most = 128 * 1024;

/** To be iterated once, to the end of the socket, whether it ends in order or breaks. */
export class Arrivals {
  readonly #socket: Duplex;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #over = false;
  #wake: () => void = () => {};

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      if (this.#size >= most) socket.pause();
      this.#wake();
    });
    const over = (): void => {
      this.#over = true;
      this.#wake();
    };
    socket.once('end', over);
    socket.once('close', over);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        if (this.#size < most && this.#socket.isPaused()) this.#socket.resume();
        yield chunk;
      } else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
