/** Lines of a stream as they come, each bounded. */
import type { Readable } from 'node:stream';

/** The longest line, in characters: an object and what is around it. */
const longest = 8 * 2 ** 20;

/** The whole lines of `stream`, without their ends; what follows the last end is left out. Throws when one is too long. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest: string[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = chunk.split('\n');
    rest.push(lines.shift() ?? '');
    size += rest.at(-1)?.length ?? 0;
    if (size > longest) throw new Error(`a line is longer than ${longest} characters`);
    for (const line of lines) {
      const whole = rest.join('');
      rest = [line];
      size = line.length;
      if (whole !== '') yield whole;
    }
  }
}
