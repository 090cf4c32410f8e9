/** The life of a daemon process: signals, the run file, and telling whoever started it how that went. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemClock } from './clock.ts';
import { onceIdle, workMeter } from './idle.ts';
import { findServiceManager, type ServiceManager } from './service-manager.ts';
import { giveBackMemory } from './settled-memory.ts';
import { keepSmallBuffersApart } from './small-buffers.ts';

/** What a run file says: which process serves a data directory, since when, and on which ports. */
export interface RunFile {
  pid: number;
  /** Start time of the process in clock ticks after boot, so that a reused pid is not mistaken for it. */
  ticks: string;
  started: string;
  ports: Record<string, number>;
}

/** What a daemon tells its parent over the IPC channel. */
export type DaemonMessage =
  | { ready: true; run: RunFile }
  | { ready: false; reason: string }
  /** It is not ready yet, but gets on. */
  | { progress: string };

/** A daemon that runs: its ports, and how to stop it. */
export interface RunningDaemon {
  ports: Record<string, number>;
  stop(reason: 'terminate' | 'interrupt'): Promise<void>;
}

/** The start time of a process in clock ticks after boot, or '' when there is no such process. proc(5): field 22 of stat. */
export function processTicks(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // a zombie has ended; only its parent has not noticed
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/** An emulator tells a process a start a few ticks later than the kernel tells others; a pid is not reused in that time. */
const tickSlack = 100;

/** True while the process that a run file names lives. */
export function isRunning(run: RunFile): boolean {
  const ticks = processTicks(run.pid);
  return ticks !== '' && run.ticks !== '' && Math.abs(Number(ticks) - Number(run.ticks)) <= tickSlack;
}

/** Reads a run file; undefined when there is none, or when the process it names is gone. */
export function readRunFile(file: string): RunFile | undefined {
  try {
    const run = JSON.parse(readFileSync(file, 'utf8')) as RunFile;
    return isRunning(run) ? run : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whoever started this, for as long as they listen. */
function tell(message: DaemonMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

/** True when a command started this, and was interrupted before it heard how that went. */
function isAbandoned(): boolean {
  return process.send !== undefined && !process.connected;
}

/** How often a start that takes long tells how far it is, in milliseconds. */
const progressEvery = 1000;

/** Tells whoever waits for the start how far it is; not more often than they can read. */
function progressOf(manager: ServiceManager | undefined): (what: string) => void {
  let told = performance.now();
  return (what) => {
    const now = performance.now();
    if (now - told < progressEvery) return;
    told = now;
    tell({ progress: what });
    manager?.starting(what);
  };
}

/**
 * Runs a daemon until SIGTERM or SIGINT, then stops it and exits: 0 after a clean stop, 1 when it did not start or stop.
 * With `withParent` it also stops when the process that started it goes away.
 */
export async function runDaemon(options: {
  runFile: string;
  withParent: boolean;
  /** `progress` is called as often as there is something to tell. */
  start: (progress: (what: string) => void) => Promise<RunningDaemon>;
}): Promise<void> {
  keepSmallBuffersApart();
  const manager = findServiceManager(process.env);
  let running: RunningDaemon;
  try {
    running = await options.start(progressOf(manager));
    if (isAbandoned()) {
      await running.stop('interrupt');
      throw new Error('stopped: the command that started it was interrupted');
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tell({ ready: false, reason });
    process.stderr.write(`${reason}\n`);
    process.exitCode = 1;
    if (process.connected) process.disconnect();
    return;
  }
  const run: RunFile = {
    pid: process.pid,
    ticks: processTicks(process.pid),
    started: new Date().toISOString(),
    ports: running.ports,
  };
  writeFileSync(options.runFile, `${JSON.stringify(run)}\n`, { mode: 0o600 });
  let stopping = false;
  const stop = (reason: 'terminate' | 'interrupt'): void => {
    if (stopping) return;
    stopping = true;
    manager?.stopping();
    void running.stop(reason).then(
      () => leave(0),
      (error: unknown) => {
        process.stderr.write(`did not stop cleanly: ${error instanceof Error ? error.message : String(error)}\n`);
        leave(1);
      },
    );
  };
  const leave = (code: number): void => {
    rmSync(options.runFile, { force: true });
    process.exit(code);
  };
  process.on('SIGTERM', () => stop('terminate'));
  process.on('SIGINT', () => stop('interrupt'));
  if (options.withParent) process.on('disconnect', () => stop('interrupt'));
  tell({ ready: true, run });
  manager?.ready();
  onceIdle(systemClock, workMeter(), giveBackMemory);
  // without withParent the channel must not keep parent or daemon waiting for each other
  if (!options.withParent && process.connected) process.disconnect();
}
