/** Reading the log of a host process: the last lines, since when, with times, and on as it grows. */
import { watch } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { Alarm } from './alarm.ts';
import { type ArrivalNote, arrivalTime, parseTimes } from './log-times.ts';
import type { ContainerLog, LogQuery } from '../runtime.ts';
import { readAt, tailOffset } from './tail-offset.ts';

/** Which files; `running` says whether more may come, `changed` calls back when that may have changed. */
export interface RawLogOptions {
  readonly log: string;
  readonly times: string;
  readonly running: () => boolean;
  readonly changed: (listener: () => void) => () => void;
}

const newline = 10;

/** The part of one file that was asked for. */
interface Segment {
  readonly file: string;
  readonly from: number;
}

/** A log in two files, the one moved aside (`.1`) and the one being written. */
export class RawLog implements ContainerLog {
  readonly #options: RawLogOptions;

  constructor(options: RawLogOptions) {
    this.#options = options;
  }

  async *read(query: LogQuery, signal: AbortSignal): AsyncGenerator<Buffer> {
    let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
    for await (const piece of this.#pieces(query, signal)) {
      if (signal.aborted || left <= 0) return;
      yield piece.length > left ? piece.subarray(0, left) : piece;
      left -= piece.length;
    }
  }

  async *#pieces(query: LogQuery, signal: AbortSignal): AsyncGenerator<Buffer> {
    const segments = await this.#segments(query);
    for (const segment of segments) {
      const growing = query.follow && segment.file === this.#options.log;
      const bytes = growing ? this.#grow(segment, signal) : this.#whole(segment);
      yield* query.timestamps ? stamped(bytes, segment.from, () => this.#notes(segment.file)) : bare(bytes);
    }
  }

  #notes(log: string): Promise<ArrivalNote[]> {
    const suffix = log.slice(this.#options.log.length);
    return readFile(this.#options.times + suffix, 'utf8').then(parseTimes, () => []);
  }

  /** Where to begin in each file, newest file first found, oldest first read. */
  async #segments(query: LogQuery): Promise<Segment[]> {
    const segments: Segment[] = [];
    let lines = query.tailLines ?? Number.POSITIVE_INFINITY;
    for (const file of [this.#options.log, `${this.#options.log}.1`]) {
      const size = (await stat(file).catch(() => undefined))?.size;
      if (size === undefined) continue;
      const notes = await this.#notes(file);
      const tail = await lastLines(file, size, lines);
      const from = Math.max(
        tail.offset,
        query.since === undefined ? 0 : await sinceOffset(file, size, notes, query.since),
      );
      segments.unshift({ file, from });
      lines -= tail.lines;
      if (from > 0 || lines <= 0) break;
    }
    return segments;
  }

  async *#whole(segment: Segment): AsyncGenerator<Buffer> {
    const handle = await open(segment.file, 'r');
    try {
      for (let offset = segment.from; ; ) {
        const bytes = await readAt(handle, offset);
        if (bytes.length === 0) return;
        offset += bytes.length;
        yield bytes;
      }
    } finally {
      await handle.close();
    }
  }

  /** Reads on until the container has ended and its last byte is read. Woken by the file or the runtime, never by a clock. */
  async *#grow(segment: Segment, signal: AbortSignal): AsyncGenerator<Buffer> {
    const alarm = new Alarm();
    const watcher = watch(segment.file, { persistent: false }, () => alarm.ring());
    watcher.on('error', () => alarm.ring());
    const unsubscribe = this.#options.changed(() => alarm.ring());
    const abort = (): void => alarm.ring();
    signal.addEventListener('abort', abort);
    const handle = await open(segment.file, 'r');
    try {
      let offset = segment.from;
      while (!signal.aborted) {
        const running = this.#options.running();
        const bytes = await readAt(handle, offset);
        offset += bytes.length;
        if (bytes.length > 0) yield bytes;
        else if ((await handle.stat()).size < offset) offset = 0;
        else if (running) await alarm.wait();
        else return;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      unsubscribe();
      watcher.close();
      await handle.close();
    }
  }
}

async function* bare(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) yield piece;
}

/** Puts the time of arrival before each line. A line is sent when it is whole, or when nothing more comes. */
async function* stamped(
  bytes: AsyncIterable<Buffer>,
  from: number,
  read: () => Promise<ArrivalNote[]>,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = from;
  for await (const piece of bytes) {
    const notes = await read();
    const now = Date.now();
    const out: Buffer[] = [];
    let start = 0;
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, start)) {
      out.push(stamp(arrivalTime(notes, offset + start, now)), all.subarray(start, end + 1));
      start = end + 1;
    }
    rest = Buffer.from(all.subarray(start));
    offset += start;
    if (out.length > 0) yield Buffer.concat(out);
  }
  if (rest.length > 0) yield Buffer.concat([stamp(arrivalTime(await read(), offset, Date.now())), rest]);
}

function stamp(milliseconds: number): Buffer {
  return Buffer.from(`${new Date(milliseconds).toISOString().slice(0, -1)}000000Z `);
}

async function lastLines(file: string, size: number, lines: number): Promise<{ offset: number; lines: number }> {
  const handle = await open(file, 'r');
  try {
    return await tailOffset(handle, size, lines);
  } finally {
    await handle.close();
  }
}

/** Where the first line begins that arrived at `since` or later. */
async function sinceOffset(file: string, size: number, notes: readonly ArrivalNote[], since: number): Promise<number> {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (arrivalTime(notes, middle, Date.now()) >= since) high = middle;
    else low = middle + 1;
  }
  if (low === 0 || low >= size) return low;
  const handle = await open(file, 'r');
  try {
    for (let offset = low - 1; offset < size; ) {
      const bytes = await readAt(handle, offset);
      const index = bytes.indexOf(newline);
      if (index >= 0) return offset + index + 1;
      if (bytes.length === 0) break;
      offset += bytes.length;
    }
    return size;
  } finally {
    await handle.close();
  }
}
