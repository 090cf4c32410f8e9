/** Commands beside a host process that somebody watches, with pipes or behind a pseudo-terminal of script(1). */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import type { Clock } from '../../../hub/base/clock.ts';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { type Beside, type BesideTools, mustExist } from './beside.ts';
import { sendSignal } from './signal.ts';
import { type ContainerLog, RuntimeError } from '../runtime.ts';

/** A command asked to end is killed after this many milliseconds. */
const grace = 3_000;
/** Output that something left behind keeps open ends when it was silent for so many milliseconds. */
const silence = 250;

/** Starts `command`. Rejects with RuntimeError when it cannot be started. */
export async function runBeside(options: {
  command: readonly string[];
  where: Beside;
  tools: BesideTools;
  live: LiveOptions;
  clock: Clock;
}): Promise<LiveProcess> {
  const { command, where, live, clock } = options;
  await mustExist(command[0] ?? '', where);
  const words = live.tty ? behindTerminal(command, where, options.tools) : command;
  const [program = '', ...args] = [...where.prefix, ...words];
  const child = spawn(program, args, {
    env: live.tty ? { TERM: 'xterm', ...where.env, SHELL: '/bin/sh' } : where.env,
    cwd: where.cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', live.tty ? 'pipe' : 'ignore'],
  });
  await started(child, command[0] ?? '');
  const { stdin, stdout, stderr } = child as ChildProcess & { stdin: Writable; stdout: Socket; stderr: Socket };
  if (!live.stdin) stdin.end();
  const outputs = live.tty ? [stdout] : [stdout, stderr];
  if (live.tty) stderr.resume();
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      void endWhenSilent(outputs, clock);
      resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9));
    });
  });
  const terminal = live.tty ? firstLine(child.stdio[3] as Readable) : undefined;
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    stdin: live.stdin ? stdin : undefined,
    stdout,
    stderr: live.tty ? undefined : stderr,
    exited,
    resize: (columns, rows) => void terminal?.then((device) => isOver() || setSize(device, columns, rows)),
    leave() {
      const pid = child.pid;
      if (isOver() || pid === undefined) return;
      // without its master a terminal hangs up on everything behind it
      if (live.tty) return sendSignal(pid, 'SIGKILL');
      sendSignal(-pid, 'SIGTERM');
      clock.after(grace, () => isOver() || sendSignal(-pid, 'SIGKILL'));
    },
  };
}

function started(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new RuntimeError('ExecError', `could not run ${program}: ${cause.message}`, { cause })),
    );
  });
}

/** The command behind a pseudo-terminal; descriptor 3 tells which one. */
function behindTerminal(command: readonly string[], where: Beside, tools: BesideTools): string[] {
  if (tools.script === undefined)
    throw new RuntimeError(
      'ExecError',
      'a terminal needs the program script (package bsdutils) on the node; run the command without -t',
    );
  const shell = where.env['SHELL'];
  const line = [
    'tty >&3; exec 3>&-',
    shell === undefined ? 'unset SHELL' : `SHELL=${quoted(shell)}; export SHELL`,
    `exec ${command.map(quoted).join(' ')}`,
  ].join('; ');
  return [tools.script, '-q', '-f', '-e', ...(tools.echoes ? ['-E', 'always'] : []), '-c', line, '/dev/null'];
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function firstLine(from: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    from.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    from.on('error', () => {});
    from.once('close', () => resolve(text.trim()));
  });
}

/** The kernel tells the programs behind the terminal. */
function setSize(device: string, columns: number, rows: number): void {
  if (!/^\/dev\/pts\/\d+$/.test(device)) return;
  const words = ['-F', device, 'rows', String(rows), 'cols', String(columns)];
  spawn('stty', words, { stdio: 'ignore' }).on('error', () => {});
}

/** What a command left running must not hold its watcher back: once all it wrote is read, that is the end. */
async function endWhenSilent(outputs: readonly Socket[], clock: Clock): Promise<void> {
  for (let before = -1; outputs.some((output) => !output.closed); ) {
    await clock.sleep(silence);
    const read = outputs.reduce((sum, output) => sum + output.bytesRead, 0);
    if (read === before && outputs.every((output) => output.readableLength === 0)) break;
    before = read;
  }
  for (const output of outputs) output.destroy();
}

/** A container's own output from now on; a host process reads nothing. */
export function attachToLog(log: ContainerLog, live: LiveOptions): LiveProcess {
  if (live.stdin)
    throw new RuntimeError('AttachError', 'the input of a host process is closed: attach without -i, or use exec');
  const controller = new AbortController();
  const stdout = Readable.from(log.read({ tailLines: 0, timestamps: false, follow: true }, controller.signal));
  const exited = new Promise<number>((resolve) => stdout.once('close', () => resolve(0)));
  return { stdin: undefined, stdout, stderr: undefined, exited, resize() {}, leave: () => controller.abort() };
}
