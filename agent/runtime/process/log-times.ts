/**
 * When a container's output arrived: a list of `<file size> <unix ms>` beside the log, at most two lines a second.
 *
 * The process writes its log itself (nothing stands between it and the disk, so nothing blocks it while the agent is
 * away, and no byte is written twice); the agent only notes how far the file had grown when. A line's time is that of
 * the first note beyond its beginning: right to a second while the agent runs. What was written while it was away
 * is marked with `~` and spread evenly over the gap. Logs above the limit are moved aside once and cut.
 */
import { type FSWatcher, watch } from 'node:fs';
import { appendFile, copyFile, readFile, rename, stat, truncate } from 'node:fs/promises';
import type { Clock } from '../../../hub/base/clock.ts';

/** One note: the log had `size` bytes at `time`. `gap`: bytes since the note before arrived some time in between. */
export interface ArrivalNote {
  readonly size: number;
  readonly time: number;
  readonly gap: boolean;
}

/** How the file of notes is read; damaged lines are skipped. */
export function parseTimes(text: string): ArrivalNote[] {
  const notes: ArrivalNote[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\d+) (\d+)( ~)?$/.exec(line);
    if (match !== null) notes.push({ size: Number(match[1]), time: Number(match[2]), gap: match[3] !== undefined });
  }
  return notes;
}

/** When the byte at `offset` arrived. `otherwise` answers for bytes no note covers yet. */
export function arrivalTime(notes: readonly ArrivalNote[], offset: number, otherwise: number): number {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((notes[middle]?.size ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  const note = notes[low];
  if (note === undefined) return otherwise;
  const before = notes[low - 1];
  if (!note.gap || before === undefined) return note.time;
  const share = (offset - before.size) / Math.max(1, note.size - before.size);
  return Math.round(before.time + share * (note.time - before.time));
}

/** Which files, and how large the log may grow in bytes. */
export interface LogTimesOptions {
  readonly log: string;
  readonly times: string;
  readonly limit: number;
  readonly clock: Clock;
}

/** How long after a note the file is left alone, in milliseconds. */
const quiet = 1000;

/** Notes arrivals of one running container. INVARIANT: one turn at a time; between turns either a watcher or a timer is set. */
export class LogTimes {
  readonly #options: LogTimesOptions;
  #size = 0;
  #watcher: FSWatcher | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: LogTimesOptions) {
    this.#options = options;
  }

  /** Goes on where an earlier agent left off. */
  async start(): Promise<void> {
    const notes = parseTimes(await readFile(this.#options.times, 'utf8').catch(() => ''));
    this.#size = notes.at(-1)?.size ?? 0;
    const now = await stat(this.#options.log).catch(() => undefined);
    if (now !== undefined && now.size > this.#size && notes.length > 0) await this.#write(now.size, now.mtimeMs, ' ~');
    await this.#turn();
  }

  /** Notes the last bytes and lets go. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watcher?.close();
    this.#cancel?.();
    await this.#note();
  }

  async #turn(): Promise<void> {
    this.#cancel = undefined;
    const grew = await this.#note();
    if (this.#stopped) return;
    if (grew) {
      this.#cancel = this.#options.clock.after(quiet, () => void this.#turn());
      return;
    }
    try {
      this.#watcher = watch(this.#options.log, { persistent: false }, () => this.#woken());
      this.#watcher.on('error', () => this.#woken());
    } catch {
      this.#cancel = this.#options.clock.after(10 * quiet, () => void this.#turn());
      return;
    }
    if (await this.#note()) this.#woken();
  }

  #woken(): void {
    if (this.#watcher === undefined) return;
    this.#watcher.close();
    this.#watcher = undefined;
    if (!this.#stopped) void this.#turn();
  }

  /** Writes down the size when it changed; answers whether it did. */
  async #note(): Promise<boolean> {
    const now = await stat(this.#options.log).catch(() => undefined);
    if (now === undefined || now.size === this.#size) return false;
    if (now.size < this.#size) await truncate(this.#options.times).catch(() => {});
    await this.#write(now.size, this.#options.clock.now(), '');
    if (now.size > this.#options.limit) await this.#rotate();
    return true;
  }

  async #write(size: number, time: number, mark: string): Promise<void> {
    this.#size = size;
    await appendFile(this.#options.times, `${size} ${Math.round(time)}${mark}\n`, { mode: 0o600 }).catch(() => {});
  }

  /** Copies and cuts: the process keeps its open file, whose appends then begin at 0 again. */
  async #rotate(): Promise<void> {
    const { log, times } = this.#options;
    try {
      await copyFile(log, `${log}.1`);
      await truncate(log);
      await rename(times, `${times}.1`);
      this.#size = 0;
    } catch {
      // A full disk: the next turn tries again.
    }
  }
}
