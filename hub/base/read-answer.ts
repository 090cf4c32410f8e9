/** Reads what another server answered, with a bound. */
import type { IncomingMessage } from 'node:http';

/** The whole body. Rejects when it has more than `limit` bytes, or breaks off. */
export function readAnswer(answer: IncomingMessage, limit: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) answer.destroy(new Error(`the answer is larger than ${limit} bytes`));
    else chunks.push(chunk);
  });
  answer.on('error', reject);
  answer.on('end', () => resolve(Buffer.concat(chunks)));
  return promise;
}
