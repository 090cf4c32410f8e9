/**
 * The loop: what the files have beyond the checkpoint goes to the sink, a batch at a time, and is noted when the sink has it.
 *
 * INVARIANTS: nothing is read while a batch is under way, so memory holds one batch; the checkpoint never says more than the sink
 * has taken; lines of one file are sent in their order.
 */
import { open } from 'node:fs/promises';
import { backoffDelay } from '../../../hub/base/backoff.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type LogEntry, RefusedError, type Sink } from './entry.ts';
import { parse } from './parse.ts';
import { findLogs, type LogFile, type Places } from './sources.ts';
import { TreeWatch } from './tree-watch.ts';

/** What it works with. */
export interface CollectorOptions {
  readonly places: Places;
  readonly sink: Sink;
  readonly checkpoint: Checkpoint;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Bytes read of one file at a time, which is the longest line, and of all files for a batch. */
const pieceSize = 256 * 1024;
const batchSize = 1024 * 1024;

/** Milliseconds between two looks while logs grow; and the longest time without one, for where watches fail. */
const pause = 1000;
const unwatched = 10_000;
const watched = 300_000;

/** Milliseconds a batch that is under way at the end may take: one that is cut off may come twice. */
const lastBatch = 8000;

const backoff = { first: 1000, limit: 60_000, jitter: 0.5 };

/** A piece of a file that is still to be sent. */
interface Rest {
  readonly file: LogFile;
  readonly path: string;
  readonly identity: string;
  readonly size: number;
  /** No more is written to it. */
  readonly isClosed: boolean;
}

/** The collector. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #ended = new AbortController();
  /** Ends a batch that is under way. */
  readonly #cut = new AbortController();
  readonly #watch: TreeWatch;
  #woken: () => void = () => {};
  #isAwake = true;
  #done: Promise<void> = Promise.resolve();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#watch = new TreeWatch(() => this.#wake());
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Ends after the batch that is under way, or without it when its receiver takes too long. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#wake();
    const cancel = this.#options.clock.after(lastBatch, () => this.#cut.abort());
    await this.#done;
    cancel();
    this.#watch.stop();
  }

  #wake(): void {
    this.#isAwake = true;
    this.#woken();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      this.#isAwake = false;
      let isWatched = false;
      try {
        const found = await findLogs(this.#options.places);
        isWatched = this.#watch.follow(found.directories);
        await this.#sendAll(found.files);
      } catch (error) {
        log.warn({ error: error instanceof Error ? error.message : String(error) }, 'cannot read logs');
      }
      await clock.sleep(pause, signal);
      if (!this.#isAwake && !signal.aborted) await this.#sleep(isWatched ? watched : unwatched);
    }
  }

  /** Until something changes, at most so long. */
  #sleep(longest: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(longest, () => this.#woken());
      this.#woken = () => {
        cancel();
        this.#woken = () => {};
        resolve();
      };
      if (this.#isAwake) this.#woken();
    });
  }

  async #sendAll(files: readonly LogFile[]): Promise<void> {
    const { checkpoint } = this.#options;
    const rests = files.flatMap((file) => this.#restsOf(file));
    checkpoint.keep(new Set(files.flatMap(({ identity }) => [identity, formerOf(identity)])));
    for (let left: readonly Rest[] | undefined = rests; left !== undefined && left.length > 0; )
      left = this.#ended.signal.aborted ? undefined : await this.#sendBatch(left);
  }

  /** Sends a batch of what is left; answers what is left then, or undefined when it was not sent. */
  async #sendBatch(left: readonly Rest[]): Promise<readonly Rest[] | undefined> {
    const { checkpoint, sink } = this.#options;
    const entries: LogEntry[] = [];
    const reached = new Map<string, number>();
    const more: Rest[] = [];
    let bytes = 0;
    for (const rest of left) {
      if (bytes >= batchSize) {
        more.push(rest);
        continue;
      }
      const from = checkpoint.offset(rest.identity) ?? 0;
      const { used, isWhole } = await this.#read(rest, from, entries);
      bytes += used;
      if (used === 0) continue;
      reached.set(rest.identity, from + used);
      if (!isWhole) more.push(rest);
    }
    if (entries.length > 0 && !(await this.#send(entries))) return undefined;
    for (const [identity, offset] of reached) checkpoint.set(identity, offset);
    if (reached.size > 0) await checkpoint.save(sink.state);
    return more;
  }

  /** What is not sent of a file, and of what was cut from it: a file shorter than what was sent of it was copied and emptied. */
  #restsOf(file: LogFile): Rest[] {
    const { checkpoint } = this.#options;
    const { identity, former, path, size } = file;
    const sent = checkpoint.offset(identity);
    if (sent !== undefined && size < sent) {
      checkpoint.set(formerOf(identity), sent);
      checkpoint.set(identity, 0);
    }
    const rests: Rest[] = [];
    if (former !== undefined)
      rests.push({ file, path: former.path, identity: formerOf(identity), size: former.size, isClosed: true });
    // a renamed file of the CRI's is written no more
    rests.push({ file, path, identity, size, isClosed: !/(\.log|\/log)$/.test(path) });
    return rests.filter((rest) => (checkpoint.offset(rest.identity) ?? 0) < rest.size);
  }

  async #read(rest: Rest, from: number, entries: LogEntry[]): Promise<{ used: number; isWhole: boolean }> {
    const { file, path, size, isClosed } = rest;
    const wanted = Math.min(pieceSize, size - from);
    const bytes = Buffer.allocUnsafe(wanted);
    let got = 0;
    try {
      const handle = await open(path, 'r');
      try {
        got = (await handle.read(bytes, 0, wanted, from)).bytesRead;
      } finally {
        await handle.close();
      }
    } catch {
      // removed since: the next look does not find it
      return { used: 0, isWhole: true };
    }
    const piece = { bytes: bytes.subarray(0, got), at: from, format: file.format, origin: file.origin };
    const now = new Date(this.#options.clock.now()).toISOString();
    const isEnd = from + got >= size;
    let parsed = parse({ ...piece, now, isLast: isClosed && isEnd });
    // a line that fills the whole piece is cut
    if (parsed.used === 0 && got === pieceSize) parsed = parse({ ...piece, now, isLast: true });
    for (const entry of parsed.entries) entries.push(entry);
    return { used: parsed.used, isWhole: isEnd };
  }

  /** Sends until it succeeds or the program ends; answers whether the batch is done with. */
  async #send(entries: readonly LogEntry[]): Promise<boolean> {
    const { signal } = this.#ended;
    const { clock, log, random, sink } = this.#options;
    for (let failures = 0; ; ) {
      try {
        await sink.send(entries, this.#cut.signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof RefusedError) {
          log.error(
            { lines: entries.length, error: message },
            'the receiver does not take these lines: they are left out',
          );
          return true;
        }
        failures += 1;
        log.warn({ failures, error: message }, 'cannot send logs');
        await clock.sleep(backoffDelay(backoff, failures, random()), signal);
        if (signal.aborted) return false;
      }
    }
  }
}

const formerOf = (identity: string): string => `${identity}:former`;
