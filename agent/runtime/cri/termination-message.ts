/** Where containers say why they ended: a file each, made before they start, shown in them, read when they have ended. */
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { logTail } from './log-tail.ts';

/** API: bytes of a message that are kept. */
const longest = 4096;

/** API: what is taken of a log instead, in lines and bytes. */
const fallback = { lines: 80, bytes: 2048 } as const;

/** Holds a directory a Pod, called by its uid, from before its sandbox is made until nothing of it is left. */
export const messagesDirectory = (dir: string): string => join(dir, 'messages');

/** The files of a Pod, in the runtime's own directory. */
export const messageDirectory = (dir: string, uid: string): string => join(messagesDirectory(dir), uid);

/** The file of the container with our id `id`. */
export const messageFile = (dir: string, uid: string, id: string): string => join(messageDirectory(dir, uid), id);

/** Makes it, empty, for whoever the container runs as. */
export async function prepareMessage(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '', { flag: 'a' });
  await chmod(file, 0o666);
}

/** How a container ended. */
export interface Ending {
  readonly exitCode: number;
  /** What the runtime itself says. */
  readonly message?: string;
  readonly logOnError: boolean;
  readonly logFile: string;
}

/** API: the runtime's word, then the container's own, or the end of its log when it failed without one. */
export async function terminationMessage(file: string, ending: Ending): Promise<string | undefined> {
  const own = await readEnd(file);
  const useLog = own === '' && ending.logOnError && ending.exitCode !== 0;
  const said = useLog ? await logTail(ending.logFile, fallback.lines, fallback.bytes) : own;
  const parts = [ending.message ?? '', said].filter((part) => part !== '');
  return parts.length === 0 ? undefined : Buffer.from(parts.join(': ')).subarray(0, longest).toString('utf8');
}

async function readEnd(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, longest));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
