/** The frame of a program in a Pod: its access, its log, and an end on SIGTERM. */
import { type Clock, systemClock } from '../../../hub/base/clock.ts';
import { createLog, type Log } from '../../../hub/base/log.ts';
import { keepSmallBuffersApart } from '../../../hub/base/small-buffers.ts';
import { ApiClient } from './client.ts';
import { inCluster } from './in-cluster.ts';

/** What a program stands on. */
export interface ProgramContext {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A program that runs. */
export interface RunningProgram {
  /** Resolves when it cannot go on, with the reason; it is stopped then. */
  readonly failed?: Promise<Error>;
  stop(): Promise<void>;
}

/** Runs `start` until SIGTERM or SIGINT; what keeps it from running is one line and exit code 1. */
export async function runProgram(
  name: string,
  start: (context: ProgramContext) => Promise<RunningProgram>,
): Promise<void> {
  keepSmallBuffersApart();
  try {
    const access = await inCluster();
    const client = new ApiClient({ access, name: `coracle-${name}` });
    const log = createLog({ level: 'info' });
    const running = await start({ client, clock: systemClock, log, random: Math.random });
    const end = (): void => {
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(name, error),
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
    const error = await running.failed;
    if (error === undefined) return;
    await running.stop().catch(() => {});
    fail(name, error);
  } catch (error) {
    fail(name, error);
  }
}

function fail(name: string, error: unknown): void {
  process.stderr.write(`coracle ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
