/**
 * Entries as lines of JSON in a file of this node that is moved aside when it has grown.
 *
 * INVARIANT: what is in the file beyond the state's size was written by a run that did not note it, and is cut away at the start,
 * since the same lines come again.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonLine, type LogEntry, type Sink } from './entry.ts';

/** Which files. */
export interface FileSinkOptions {
  readonly directory: string;
  readonly node: string;
  /** Bytes of a file before it is moved aside. */
  readonly maxSize: number;
  /** How many files there are at most, the one that is written included. */
  readonly maxFiles: number;
  /** What `state` was when it was last noted; empty: never. */
  readonly state: string;
}

/** The sink. */
export class FileSink implements Sink {
  readonly #options: FileSinkOptions;
  #file: FileHandle;
  #size: number;
  #ino: number;

  private constructor(options: FileSinkOptions, file: FileHandle, place: { size: number; ino: number }) {
    this.#options = options;
    this.#file = file;
    this.#size = place.size;
    this.#ino = place.ino;
  }

  static async open(options: FileSinkOptions): Promise<FileSink> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const file = await open(pathOf(options), 'a', 0o600);
    const { ino, size } = await file.stat();
    if (options.state === '') return new FileSink(options, file, { ino, size });
    const [known, noted] = options.state.split(':').map(Number);
    // a file of another run: it began after the last note
    const kept = known === ino ? Math.min(size, noted ?? 0) : 0;
    if (kept < size) await file.truncate(kept);
    return new FileSink(options, file, { ino, size: kept });
  }

  get state(): string {
    return `${this.#ino}:${this.#size}`;
  }

  async send(entries: readonly LogEntry[]): Promise<void> {
    const { maxSize, node } = this.#options;
    const bytes = Buffer.from(entries.map((entry) => `${jsonLine(entry, node)}\n`).join(''));
    if (this.#size > 0 && this.#size + bytes.length > maxSize) await this.#turnOver();
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      // a full disk: half a batch is no batch
      await this.#file.truncate(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #turnOver(): Promise<void> {
    const path = pathOf(this.#options);
    const last = this.#options.maxFiles - 1;
    if (last === 0) await rm(path, { force: true });
    for (let number = last; number > 0; number -= 1) {
      const from = number === 1 ? path : `${path}.${number - 1}`;
      await rename(from, `${path}.${number}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    const next = await open(path, 'a', 0o600);
    await this.#file.close();
    this.#file = next;
    this.#ino = (await next.stat()).ino;
    this.#size = 0;
  }
}

function pathOf({ directory }: FileSinkOptions): string {
  return join(directory, 'pods.jsonl');
}
