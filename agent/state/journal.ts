/**
 * A small keyed store in one append-only file: one checksummed line a change, rewritten when mostly stale.
 *
 * Why a journal: an SD card wears by the block written, and a change costs one appended block and one fsync here,
 * where a file per object costs a data block, an inode, a directory block and a rename. A torn or rotten line is
 * told by its checksum and dropped with a log line; whoever fills the store (the hub, the runtime) brings it back.
 */
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Log } from '../../hub/base/log.ts';

/** Puts and removals of one change; they reach the disk together or not at all. */
export interface JournalChange<T> {
  readonly puts: ReadonlyArray<readonly [string, T]>;
  readonly removals: readonly string[];
}

/** Where, and who hears of damage. `slack` is how many stale bytes are tolerated before the file is rewritten. */
export interface JournalOptions {
  readonly file: string;
  readonly log: Log;
  readonly slack?: number;
}

interface Pending<T> {
  readonly change: JournalChange<T>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * INVARIANTS: `write` resolves when the change is on disk; `entries` shows a change only then; changes reach disk in the
 * order of the calls, and those that wait while one is being written share one fsync.
 */
export class Journal<T> {
  readonly #options: JournalOptions;
  readonly #entries = new Map<string, T>();
  readonly #sizes = new Map<string, number>();
  #handle: FileHandle;
  #size: number;
  #live = 0;
  #waiting: Pending<T>[] = [];
  #flushing: Promise<void> | undefined;

  private constructor(options: JournalOptions, handle: FileHandle) {
    this.#options = options;
    this.#handle = handle;
    this.#size = 0;
  }

  /** Opens or makes the file and reads what it holds. Damage is dropped, never thrown; only a disk that refuses throws. */
  static async open<T>(options: JournalOptions): Promise<Journal<T>> {
    await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
    const handle = await open(options.file, 'a', 0o600);
    await handle.close();
    const journal = new Journal<T>(options, await open(options.file, 'r+'));
    const damaged = journal.#load(await readFile(options.file));
    if (damaged) await journal.#rewrite();
    return journal;
  }

  get entries(): ReadonlyMap<string, T> {
    return this.#entries;
  }

  /** Keeps a change. Rejects when the disk refuses it, and then nothing of it is kept. */
  write(change: JournalChange<T>): Promise<void> {
    if (change.puts.length === 0 && change.removals.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for what was written and closes the file. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const lines = batch.map((pending) => encode(pending.change));
      try {
        await this.#append(Buffer.concat(lines));
        batch.forEach((pending, index) => {
          this.#keep(pending.change, lines[index]?.length ?? 0);
          pending.resolve();
        });
        await this.#tidy();
      } catch (error) {
        for (const pending of batch) pending.reject(error);
      }
    }
    this.#flushing = undefined;
  }

  /** Writes at the end known to be good, so that what a failed write left behind is overwritten by the next. */
  async #append(bytes: Buffer): Promise<void> {
    await this.#handle.write(bytes, 0, bytes.length, this.#size);
    await this.#handle.datasync();
    this.#size += bytes.length;
  }

  #keep(change: JournalChange<T>, bytes: number): void {
    for (const key of change.removals) {
      this.#entries.delete(key);
      this.#live -= this.#sizes.get(key) ?? 0;
      this.#sizes.delete(key);
    }
    const share = change.puts.length === 0 ? 0 : Math.ceil(bytes / change.puts.length);
    for (const [key, value] of change.puts) {
      this.#entries.set(key, value);
      this.#live += share - (this.#sizes.get(key) ?? 0);
      this.#sizes.set(key, share);
    }
  }

  /** A rewrite that fails loses nothing (the old file stays), so it is only told. */
  async #tidy(): Promise<void> {
    if (this.#size - this.#live <= Math.max(this.#options.slack ?? 65_536, this.#live)) return;
    await this.#rewrite().catch((error: unknown) =>
      this.#options.log.warn({ file: this.#options.file, error: String(error) }, 'could not compact the state file'),
    );
  }

  async #rewrite(): Promise<void> {
    const fresh = `${this.#options.file}.new`;
    const lines = [...this.#entries].map(([key, value]) => encode<T>({ puts: [[key, value]], removals: [] }));
    const bytes = Buffer.concat(lines);
    const handle = await open(fresh, 'w+', 0o600);
    try {
      await handle.write(bytes, 0, bytes.length, 0);
      await handle.sync();
      await rename(fresh, this.#options.file);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await syncDirectory(dirname(this.#options.file));
    await this.#handle.close();
    this.#handle = handle;
    this.#size = bytes.length;
    this.#live = bytes.length;
    let index = 0;
    for (const key of this.#entries.keys()) this.#sizes.set(key, lines[index++]?.length ?? 0);
  }

  /** Reads every line; answers whether some were damaged. */
  #load(bytes: Buffer): boolean {
    let damaged = 0;
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(10, start);
      const end = newline < 0 ? bytes.length : newline;
      const change = newline < 0 ? undefined : decode<T>(bytes.subarray(start, end));
      if (change === undefined) damaged += 1;
      else this.#keep(change, end - start + 1);
      start = end + 1;
    }
    this.#size = bytes.length;
    if (damaged > 0)
      this.#options.log.warn({ file: this.#options.file, lines: damaged }, 'dropped damaged lines of the state file');
    return damaged > 0;
  }
}

/** `<crc32 as 8 hex digits> <json>\n`; JSON has no raw newline, so a line is a change. */
function encode<T>(change: JournalChange<T>): Buffer {
  const json = Buffer.from(JSON.stringify(change));
  return Buffer.concat([Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} `), json, Buffer.from('\n')]);
}

function decode<T>(line: Buffer): JournalChange<T> | undefined {
  if (line.length < 10 || line[8] !== 32) return undefined;
  const json = line.subarray(9);
  if (crc32(json).toString(16).padStart(8, '0') !== line.toString('latin1', 0, 8)) return undefined;
  try {
    return JSON.parse(json.toString()) as JournalChange<T>;
  } catch {
    return undefined;
  }
}

/** Makes a rename in `directory` survive a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
