/** A file of lines that is written in batches, and set aside when it has grown: the newest of those kept, the others removed. */
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Part } from './lifecycle.ts';
import type { Log } from './log.ts';

/** What a file is made of. */
export interface RotatingFileOptions {
  readonly path: string;
  /** It is set aside before it grows beyond this many bytes. */
  readonly maxSize: number;
  /** How many that were set aside are kept; 0: all. */
  readonly maxBackups: number;
  /** How long those are kept, in milliseconds; 0: for ever. */
  readonly maxAge: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A line waits at most this many milliseconds for others to be written with. */
const patience = 100;
/** So many bytes are written at once, without waiting for more. */
const batch = 256 * 1024;
/** Lines beyond this many bytes that wait are dropped: the disk does not keep up. */
const mostWaiting = 16 * 1024 * 1024;

/** INVARIANTS: lines are written in the order they came, each whole; one write is under way at a time; the file is its owner's alone. */
export class RotatingFile implements Part {
  readonly name = 'rotating file';
  readonly #options: RotatingFileOptions;
  #handle: FileHandle | undefined;
  #size = 0;
  #waiting: string[] = [];
  #bytes = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Rejects when the file cannot be written. */
  async start(): Promise<void> {
    await mkdir(dirname(this.#options.path), { recursive: true, mode: 0o700 });
    await this.#open();
    await this.#prune();
  }

  /** Takes a line, its end included; false when it is dropped. */
  write(line: string): boolean {
    const length = Buffer.byteLength(line);
    if (this.#bytes + length > mostWaiting) {
      this.#dropped += 1;
      return false;
    }
    this.#waiting.push(line);
    this.#bytes += length;
    if (this.#writing !== undefined) return true;
    if (this.#bytes >= batch) this.#flush();
    else this.#cancel ??= this.#options.clock.after(patience, () => this.#flush());
    return true;
  }

  /** Writes what waits, and closes. */
  async stop(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) {
      this.#flush();
      await this.#writing;
    }
    await this.#handle?.close();
    this.#handle = undefined;
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#writing !== undefined || this.#waiting.length === 0) return;
    const text = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#bytes = 0;
    this.#writing = this.#append(text)
      .catch((error: unknown) => {
        const { path, log } = this.#options;
        log.error({ file: path, bytes: text.length, error: String(error) }, 'lines could not be written');
      })
      .finally(() => {
        this.#writing = undefined;
        if (this.#waiting.length > 0) this.#flush();
      });
  }

  async #append(text: Buffer): Promise<void> {
    const { path, log, maxSize } = this.#options;
    if (this.#dropped > 0) {
      log.error({ file: path, lines: this.#dropped }, 'lines were dropped: the disk does not keep up');
      this.#dropped = 0;
    }
    if (this.#size > 0 && this.#size + text.length > maxSize) await this.#setAside();
    const handle = this.#handle ?? (await this.#open());
    await handle.appendFile(text);
    this.#size += text.length;
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    const handle = await open(path, 'a', 0o600);
    this.#handle = handle;
    await chmod(path, 0o600);
    this.#size = (await handle.stat()).size;
    return handle;
  }

  async #setAside(): Promise<void> {
    const { path, clock } = this.#options;
    await this.#handle?.close();
    this.#handle = undefined;
    await rename(path, join(dirname(path), asideName(path, clock.now())));
    await this.#open();
    await this.#prune();
  }

  async #prune(): Promise<void> {
    const { path, clock, maxAge, maxBackups } = this.#options;
    const directory = dirname(path);
    const names = await readdir(directory);
    for (const name of outlived(path, names, { now: clock.now(), maxAge, maxBackups })) {
      await rm(join(directory, name), { force: true });
    }
  }
}

function parts(path: string): { stem: string; end: string } {
  const end = extname(path);
  return { stem: basename(path, end), end };
}

/** What the file is called when it is set aside: `audit-2026-01-31T12-00-00.000.log`. */
export function asideName(path: string, now: number): string {
  const { stem, end } = parts(path);
  return `${stem}-${new Date(now).toISOString().slice(0, -1).replaceAll(':', '-')}${end}`;
}

/** Which of the names in its directory were set aside and are to go. */
export function outlived(
  path: string,
  names: readonly string[],
  limits: { readonly now: number; readonly maxAge: number; readonly maxBackups: number },
): string[] {
  const { stem, end } = parts(path);
  const aside = names
    .filter((name) => name.startsWith(`${stem}-`) && name.endsWith(end))
    .map((name) => ({ name, time: name.slice(stem.length + 1, end === '' ? undefined : -end.length) }))
    .filter(({ time }) => /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}$/.test(time))
    .sort((a, b) => (a.time < b.time ? 1 : -1));
  const oldest = asideName('', limits.now - limits.maxAge).slice(1);
  return aside
    .filter(
      ({ time }, index) =>
        (limits.maxBackups > 0 && index >= limits.maxBackups) || (limits.maxAge > 0 && time < oldest),
    )
    .map(({ name }) => name);
}
