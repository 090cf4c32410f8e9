/** What a host process that failed said last: it has no file of its own to say why. */
import { open } from 'node:fs/promises';
import { logFile } from './start.ts';
import type { StoredContainer } from './record.ts';

/** API: what terminationMessagePolicy FallbackToLogsOnError takes of a log at most. */
const most = { lines: 80, bytes: 2048 };

/** Its last lines, where they are asked for; undefined when there is nothing to tell. */
export async function lastWords(container: StoredContainer, code: number): Promise<string | undefined> {
  if (code === 0 || container.record.logOnError !== true) return undefined;
  const handle = await open(logFile(container), 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const begin = Math.max(0, size - most.bytes);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(most.bytes), 0, most.bytes, begin);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    const text = lines.slice(-most.lines - 1).join('\n');
    return text.trim() === '' ? undefined : text;
  } finally {
    await handle.close();
  }
}
