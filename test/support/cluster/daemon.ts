/** A program that a cluster keeps running beside the tests: started, waited for, killed, started again. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually } from '../eventually.ts';

/** What to run. */
export interface DaemonOptions {
  readonly name: string;
  /** Words before the command: where it runs. */
  readonly within: readonly string[];
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** File its output is added to. */
  readonly log: string;
  /** It is up when something listens here: a socket's path, or address and port. */
  readonly listens: { path: string } | { host: string; port: number };
}

/** A daemon that was started. */
export interface Daemon {
  /** The process of its last start. */
  readonly pid: number;
  /** Starts it again; resolves when it listens. Throws with the end of its log when it ends instead. */
  start(): Promise<void>;
  /** SIGKILL, unless told otherwise; resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Milliseconds a daemon may take until it listens. */
const startTimeout = 30_000;

function listening(where: DaemonOptions['listens']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Starts a daemon. It outlives this process when that is killed: see sweep.ts. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  let pid = 0;
  let exit: (() => Promise<void>) | undefined;
  async function start(): Promise<void> {
    const log = openSync(options.log, 'a');
    const [program = '', ...args] = [...options.within, ...options.command];
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: { ...process.env, ...options.env },
    });
    closeSync(log);
    child.unref();
    let trouble: string | undefined;
    child.once('error', (error) => {
      trouble = error.message;
    });
    child.once('exit', (code, signal) => {
      trouble = `it ended with ${signal ?? `exit code ${code}`}`;
    });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    exit = () => {
      child.ref();
      return gone;
    };
    pid = child.pid ?? 0;
    await eventually(
      `${options.name} to listen`,
      () => trouble !== undefined || listening(options.listens),
      startTimeout,
    );
    if (trouble === undefined) return;
    throw new Error(`${options.name} did not start: ${trouble}\n${readFileSync(options.log, 'utf8').slice(-1000)}`);
  }
  await start();
  return {
    get pid() {
      return pid;
    },
    start,
    async kill(signal = 'SIGKILL') {
      process.kill(pid, signal);
      // until it is reaped: a process whose first thread has ended may still hold its sockets
      await exit?.();
    },
  };
}
