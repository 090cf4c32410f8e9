/** Waiting until a tunnel takes more. */
import type { FramedStream } from '../../link/link.ts';

/** Resolves when the stream may take more, or `signal` says that it never will. */
export function drained(stream: FramedStream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      stream.raw.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.raw.on('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
