/** The short texts a streaming server ends with. */
import type { Readable } from 'node:stream';

/** Characters that are kept; what comes after is read and dropped. */
const longest = 64 * 1024;

/** All that comes until the stream ends or breaks. Must be called before anything can have come. */
export function textOf(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (piece: Buffer) => {
      if (text.length < longest) text += piece.toString('utf8');
    });
    stream.once('end', () => resolve(text));
    stream.once('close', () => resolve(text));
  });
}
