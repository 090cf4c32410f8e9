/** Connections to ports of a Pod over the streaming server of a CRI runtime: two streams each, one for what goes wrong. */
import { Duplex } from 'node:stream';
import type { SpdySession } from '../../../hub/base/spdy/session.ts';
import type { SpdyStream } from '../../../hub/base/spdy/stream.ts';
import { dialStreaming } from './streaming-session.ts';
import { textOf } from './streaming-text.ts';

const protocol = 'portforward.k8s.io';

/**
 * One connection to `port`, over what the runtime answered to PortForward. Rejects when the runtime cannot be reached. That
 * nobody listens is told afterwards: the connection breaks with an Error that says so. containerd knows no half-closed
 * connections: one second after one side ended, so does the other.
 */
export async function openPort(url: string, port: number): Promise<Duplex> {
  const session = await dialStreaming(url, protocol);
  const headers = (streamtype: string): Map<string, string> =>
    new Map([
      ['streamtype', streamtype],
      ['port', String(port)],
      ['requestid', '0'],
    ]);
  const refusal = Promise.withResolvers<string>();
  try {
    const [, data] = await Promise.all([
      session.open(headers('error'), (made) => {
        refusal.resolve(textOf(made));
        made.end();
      }),
      session.open(headers('data')),
    ]);
    return new PortConnection(session, data, refusal.promise);
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** Which port of which sandbox is known to who asked. */
function withoutPrefix(text: string): string {
  return text.replace(/^error forwarding port \d+ to pod [^:]*: /, '');
}

/** The stream of data, but it ends only when the runtime has said that nothing went wrong. */
class PortConnection extends Duplex {
  readonly #session: SpdySession;
  readonly #data: SpdyStream;

  constructor(session: SpdySession, data: SpdyStream, refusal: Promise<string>) {
    super({ allowHalfOpen: true });
    this.#session = session;
    this.#data = data;
    data.on('data', (piece: Buffer) => {
      if (!this.push(piece)) data.pause();
    });
    data.once('end', () => {
      void refusal.then((text) =>
        text === '' ? this.push(null) : this.destroy(new Error(withoutPrefix(text.trim()))),
      );
    });
    data.once('close', () => {
      if (!data.readableEnded) this.destroy(new Error('the container runtime broke the connection'));
    });
  }

  override _read(): void {
    this.#data.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#data.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#data.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#data.destroy();
    this.#session.close();
    done(error);
  }
}
