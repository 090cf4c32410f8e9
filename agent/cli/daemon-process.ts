/** Starting and stopping the daemons of a data directory from the command line. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DaemonFiles, DataDir } from '../../hub/base/data-dir.ts';
import { type DaemonMessage, isRunning, readRunFile, type RunFile } from '../../hub/base/daemon.ts';
import { programCommand } from '../../hub/base/program.ts';
import { exitCodes, Failure } from './failure.ts';

/** Which daemon. */
export type DaemonName = 'hub' | 'agent';

const scripts: Record<DaemonName, string> = {
  hub: fileURLToPath(new URL('../../hub/main.ts', import.meta.url)),
  agent: fileURLToPath(new URL('../main.ts', import.meta.url)),
};

/** Compiled code kept between starts makes them fast and keeps the compiler out of memory; binaries see to it themselves. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url));

/**
 * Flags of Node for each daemon: small heaps, and for the agent no optimizing compilers: what they leave in memory is a
 * tenth of the agent, and what is slowest without them, DNS, still answers twice what it must. Code compiled under other
 * flags is of no use, see prepare.mjs.
 */
const nodeFlags = JSON.parse(readFileSync(new URL('../daemon-flags.json', import.meta.url), 'utf8')) as Record<
  DaemonName,
  string[]
>;

/** One arena: what a thread frees, another one takes, which keeps an idle daemon small. */
const daemonEnvironment = { ...(isSea() ? {} : { NODE_COMPILE_CACHE: compileCache }), MALLOC_ARENA_MAX: '1' };

/** A daemon that was started and answered that it is ready. */
export interface StartedDaemon {
  readonly run: RunFile;
  readonly process: ChildProcess;
}

/**
 * Starts a daemon and waits until it says it is ready. With `withParent` it lives as long as this process, else it goes on
 * alone. Throws Failure with the daemon's own reason.
 */
export async function startDaemon(options: {
  name: DaemonName;
  files: DaemonFiles;
  root: string;
  withParent: boolean;
  /** How long it may take to be ready, or to get on, in milliseconds. */
  timeout: number;
  /** Told how far it is when that takes long. */
  progress?: (what: string) => void;
}): Promise<StartedDaemon> {
  const { name, files } = options;
  const log = openSync(files.log, 'a', 0o600);
  const { file, args } = programCommand({
    program: name,
    script: scripts[name],
    flags: nodeFlags[name],
    args: ['--data-dir', options.root, ...(options.withParent ? ['--with-parent'] : [])],
  });
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    cwd: '/',
    env: { ...daemonEnvironment, ...process.env },
  });
  closeSync(log);
  const run = await answer(child, options);
  if (!options.withParent) {
    if (child.connected) child.disconnect();
    child.unref();
  }
  return { run, process: child };
}

function answer(
  child: ChildProcess,
  options: { name: DaemonName; files: DaemonFiles; timeout: number; progress?: (what: string) => void },
): Promise<RunFile> {
  const { name, files } = options;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      const isTaken = reason.includes('EADDRINUSE');
      const next = isTaken
        ? 'another program listens there: choose another port (--api-port, --join-port, --mqtt-port)'
        : `its log is ${files.log}`;
      reject(new Failure(`the ${name} did not start: ${reason}`, { next }));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`it was not ready after ${options.timeout / 1000} s`);
    }, options.timeout);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => fail(lastLine(files.log) ?? `it ended with ${signal ?? `exit code ${code}`}`));
    child.on('message', (message: DaemonMessage) => {
      if ('progress' in message) {
        timer.refresh();
        options.progress?.(message.progress);
        return;
      }
      if (!message.ready) return fail(message.reason);
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(message.run);
    });
  });
}

function lastLine(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 500);
  } catch {
    return undefined;
  }
}

/** Stops the daemon of a run file and waits until its process is gone; false when it did not run. */
async function stopDaemon(options: { name: DaemonName; files: DaemonFiles; timeout: number }): Promise<boolean> {
  const run = readRunFile(options.files.run);
  if (run === undefined) return false;
  process.kill(run.pid, 'SIGINT');
  if (await ended(run, options.timeout)) return true;
  process.kill(run.pid, 'SIGKILL');
  if (await ended(run, 2000)) return true;
  throw new Failure(`the ${options.name} (process ${run.pid}) cannot be stopped`, { exitCode: exitCodes.timeout });
}

/** How long a hub may take to end, in milliseconds. */
const hubTimeout = 20_000;

/** Stops the hub of a data directory; false when it did not run. */
export function stopHub(dir: DataDir): Promise<boolean> {
  return stopDaemon({ name: 'hub', files: dir.hub, timeout: hubTimeout });
}

/** How long Pods and their agent may take to end, in milliseconds: longer than any grace they are given. */
const podsTimeout = 45_000;

/** How long Pods whose agent is gone may take, in milliseconds: more than the program that ends them gives itself. */
const endingTimeout = 120_000;

/**
 * Stops the agent of a data directory and its Pods, also when the agent itself is gone already and left them running. With
 * `forget` nothing of the Pods is left, and the directory can be removed. False when there was nothing to stop.
 */
export async function stopAgent(dir: DataDir, { forget = false } = {}): Promise<boolean> {
  const ran = await stopDaemon({ name: 'agent', files: dir.agent, timeout: podsTimeout });
  if ((ran && !forget) || !existsSync(join(dir.agent.dir, 'state'))) return ran;
  const { file, args } = programCommand({
    program: 'agent',
    script: scripts.agent,
    flags: nodeFlags.agent,
    args: ['--data-dir', dir.root, '--end-pods', ...(forget ? ['--forget'] : [])],
  });
  const ending = promisify(execFile)(file, args, { cwd: '/', timeout: endingTimeout });
  try {
    return Number((await ending).stdout) > 0 || ran;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const why = stderr.trimEnd().split('\n').at(-1) || message;
    throw new Failure(`the Pods of ${dir.root} could not be ended: ${why}`, { cause: error });
  }
}

/** A process that is not our child can only be looked at; its end shows within a few milliseconds. */
async function ended(run: RunFile, timeout: number): Promise<boolean> {
  const deadline = Date.now() + timeout;
  while (isRunning(run)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
