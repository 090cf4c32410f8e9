/**
 * The log of a container of a CRI runtime: the file that is being written. As with a kubelet, what was rotated away is
 * only read by who was already reading it, and `tailLines` counts lines of the file: a very long line is several.
 */
import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Alarm } from '../process/alarm.ts';
import type { ContainerLog, LogQuery } from '../runtime.ts';
import { readAt, tailOffset } from '../process/tail-offset.ts';
import { CriLines } from './log-lines.ts';
import { rotations } from './log-rotations.ts';

/** Which file; `running` says whether more may come, `changed` calls back when that may have changed. */
export interface CriLogOptions {
  readonly file: string;
  readonly running: () => boolean;
  readonly changed: (listener: () => void) => () => void;
}

/** Reads one file, and the ones that take its place. */
export class CriLog implements ContainerLog {
  readonly #options: CriLogOptions;

  constructor(options: CriLogOptions) {
    this.#options = options;
  }

  async *read(query: LogQuery, signal: AbortSignal): AsyncGenerator<Buffer> {
    let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
    for await (const piece of this.#pieces(query, signal)) {
      if (signal.aborted || left <= 0) return;
      if (piece.length > 0) yield piece.length > left ? piece.subarray(0, left) : piece;
      left -= piece.length;
      if (left <= 0) return;
    }
  }

  async *#pieces(query: LogQuery, signal: AbortSignal): AsyncGenerator<Buffer> {
    const lines = new CriLines(query);
    const bytes = query.follow ? this.#grow(query, signal) : this.#whole(query);
    for await (const piece of bytes) yield lines.take(piece);
    yield lines.last();
  }

  /** Up to where the file went when it was opened. */
  async *#whole(query: LogQuery): AsyncGenerator<Buffer> {
    const handle = (await openLog(this.#options.file)) ?? (await this.#lastRotation());
    if (handle === undefined) return;
    try {
      const { size } = await handle.stat();
      let { offset } = await tailOffset(handle, size, query.tailLines ?? Number.POSITIVE_INFINITY);
      while (offset < size) {
        const bytes = await readAt(handle, offset);
        if (bytes.length === 0) return;
        yield bytes.subarray(0, size - offset);
        offset += bytes.length;
      }
    } finally {
      await handle.close();
    }
  }

  /** For the moment between the rename and the runtime's new file. */
  async #lastRotation(): Promise<FileHandle | undefined> {
    const newest = (await rotations(this.#options.file)).at(-1);
    return newest === undefined || newest.endsWith('.gz') ? undefined : openLog(newest);
  }

  /** Reads on until the container has ended and its last byte is read. Woken by the directory or the runtime, never by a clock. */
  async *#grow(query: LogQuery, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { file, changed } = this.#options;
    const alarm = new Alarm();
    const ring = (): void => alarm.ring();
    const watcher = watchLog(file, ring);
    const unsubscribe = changed(ring);
    signal.addEventListener('abort', ring);
    const reader = new Following(file);
    try {
      await reader.begin(query.tailLines);
      while (!signal.aborted) {
        const running = this.#options.running() && watcher !== undefined;
        const bytes = await reader.next(running);
        if (bytes.length > 0) yield bytes;
        else if (running) await alarm.wait();
        else return;
      }
    } finally {
      signal.removeEventListener('abort', ring);
      unsubscribe();
      watcher?.close();
      await reader.close();
    }
  }
}

/** The file that is read, and after a rotation the one that takes its place. */
class Following {
  readonly #file: string;
  #handle: FileHandle | undefined;
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async begin(tailLines = Number.POSITIVE_INFINITY): Promise<void> {
    this.#handle = await openLog(this.#file);
    if (this.#handle === undefined) return;
    const { size } = await this.#handle.stat();
    this.#offset = (await tailOffset(this.#handle, size, tailLines)).offset;
  }

  /** The next bytes; none when all there is was read. */
  async next(running: boolean): Promise<Buffer> {
    const bytes = await this.#read();
    if (bytes.length > 0) return bytes;
    const successor = await this.#successor(running);
    if (successor === undefined) return bytes;
    // the runtime may have written to the old file until just now
    const rest = await this.#read();
    if (rest.length > 0) {
      await successor.close();
      return rest;
    }
    await this.#handle?.close();
    this.#handle = successor;
    this.#offset = 0;
    return this.#read();
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #read(): Promise<Buffer> {
    if (this.#handle === undefined) return Buffer.alloc(0);
    const bytes = await readAt(this.#handle, this.#offset);
    this.#offset += bytes.length;
    if (bytes.length > 0 || (await this.#handle.stat()).size >= this.#offset) return bytes;
    // somebody cut the file
    this.#offset = 0;
    return this.#read();
  }

  /** Another file at the path. Until it holds something the runtime may not have let go of the old one. */
  async #successor(running: boolean): Promise<FileHandle | undefined> {
    const there = await stat(this.#file).catch(() => undefined);
    if (there === undefined || (running && there.size === 0 && this.#handle !== undefined)) return undefined;
    if (this.#handle !== undefined && (await this.#handle.stat()).ino === there.ino) return undefined;
    return openLog(this.#file);
  }
}

function openLog(file: string): Promise<FileHandle | undefined> {
  return open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Rings when something happens to the file; undefined when its directory is gone. */
function watchLog(file: string, ring: () => void): FSWatcher | undefined {
  try {
    const name = basename(file);
    const watcher = watch(dirname(file), { persistent: false }, (_kind, which) => {
      if (which === name) ring();
    });
    watcher.on('error', ring);
    return watcher;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
