/** Stands in a node's network namespace and says when a Service there leads to whom it should. */
import { connect } from 'node:net';

/** What to see: the port of an address says this word to whom connects. */
export interface Sight {
  readonly host: string;
  readonly port: number;
  readonly word: string;
}

/** Milliseconds: how long one connection may take, and from one that shows something else to the next. */
const patience = 500;
const between = 2;

/** The word of one connection; '' when there was none. */
function dial({ host, port }: Sight): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience });
    const end = (word: string): void => {
      socket.destroy();
      resolve(word);
    };
    socket.once('data', (piece: Buffer) => end(piece.toString()));
    socket.once('timeout', () => end(''));
    socket.once('error', () => end(''));
    socket.once('end', () => end(''));
  });
}

process.on('message', async (sight: Sight) => {
  while ((await dial(sight)) !== sight.word) await new Promise((resolve) => setTimeout(resolve, between));
  // the kernel's monotonic clock is the same for all processes
  process.send?.(Number(process.hrtime.bigint()) / 1e6);
});
process.on('disconnect', () => process.exit());
