/** The end of a log, for a container that failed without a termination message. */
import { open } from 'node:fs/promises';
import { readAt, tailOffset } from '../process/tail-offset.ts';
import { CriLines } from './log-lines.ts';

/**
 * What the last `lines` lines of a log file in the CRI's form say, of that the last `bytes` bytes; empty when there is no
 * such file. API: terminationMessagePolicy FallbackToLogsOnError takes 80 lines and 2048 bytes.
 */
export async function logTail(file: string, lines: number, bytes: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    let { offset } = await tailOffset(handle, size, lines);
    const reader = new CriLines({ timestamps: false });
    let said: Buffer = Buffer.alloc(0);
    for (let piece = await readAt(handle, offset); piece.length > 0; piece = await readAt(handle, offset)) {
      offset += piece.length;
      said = Buffer.concat([said, reader.take(piece)]).subarray(-bytes);
    }
    return Buffer.concat([said, reader.last()]).subarray(-bytes).toString('utf8');
  } finally {
    await handle.close();
  }
}
