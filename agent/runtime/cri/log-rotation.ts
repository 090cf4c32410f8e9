/**
 * Rotation of the logs of running containers: every ten seconds their sizes are looked at, and one that is too long is
 * moved aside. The runtime then opens a new file; older ones are gzipped, the oldest go. API: containerLogMaxSize,
 * containerLogMaxFiles.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import { planRotation, rotationName, rotations } from './log-rotations.ts';

/** A container that runs, and the file it writes. */
export interface WrittenLog {
  readonly id: string;
  readonly file: string;
}

/** What rotating takes. */
export interface LogRotationOptions {
  readonly written: () => Iterable<WrittenLog>;
  /** Makes the runtime open the container's log anew. */
  readonly reopen: (id: string) => Promise<void>;
  /** Bytes of a log before it is moved aside. */
  readonly maxSize: number;
  /** How many files a container has at most, the one being written included; at least 2. */
  readonly maxFiles: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two looks. */
const every = 10_000;

/** Makes the part that rotates. Files grow without anybody telling: a watch would wake for every line. */
export function createLogRotation(options: LogRotationOptions): Part {
  const { clock, log } = options;
  let cancel: () => void = () => {};
  let turn: Promise<void> = Promise.resolve();
  let stopped = false;

  async function look(): Promise<void> {
    for (const each of options.written()) {
      if (stopped) return;
      try {
        await rotateWhenLong(each, options);
      } catch (error) {
        log.warn({ container: each.id, file: each.file, error: String(error) }, 'could not rotate a log');
      }
    }
  }

  function later(): void {
    cancel = clock.after(every, () => {
      turn = look().finally(() => {
        if (!stopped) later();
      });
    });
  }

  return {
    name: 'log rotation',
    start: later,
    async stop() {
      stopped = true;
      cancel();
      await turn;
    },
  };
}

async function rotateWhenLong({ id, file }: WrittenLog, options: LogRotationOptions): Promise<void> {
  const size = await sizeOf(file);
  // lost in a rotation that was cut short, or deleted by hand: the runtime writes into a file without a name
  if (size === undefined) return options.reopen(id);
  if (size < options.maxSize) return;
  const { remove, compress } = planRotation(await rotations(file), options.maxFiles);
  for (const each of remove) await rm(each, { force: true });
  for (const each of compress) await gzip(each);
  const aside = rotationName(file, options.clock.now());
  await rename(file, aside);
  try {
    await options.reopen(id);
  } catch (error) {
    await rename(aside, file);
    throw error;
  }
}

function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}

/** INVARIANT: the name with `.gz` is there only when all of it is. */
async function gzip(file: string): Promise<void> {
  const { mode } = await stat(file);
  const half = `${file}.tmp`;
  try {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(half, { mode }));
    await rename(half, `${file}.gz`);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
  await rm(file);
}
