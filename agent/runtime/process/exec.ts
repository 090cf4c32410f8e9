/** Runs a command beside a host process, with its environment, directory and user: what `exec` in a container is here. */
import { spawn } from 'node:child_process';
import { readFile, readlink, stat } from 'node:fs/promises';
import { parseEnvironment } from './beside.ts';
import { RuntimeError } from '../runtime.ts';

/** The command's exit code and the beginning of what it printed. */
export interface ExecOutcome {
  readonly code: number;
  readonly output: string;
}

/** Output kept, in bytes. */
const kept = 10 * 1024;

/** Runs `command` as process `pid` would, for at most `timeout` milliseconds; rejects with RuntimeError when it cannot be started. */
export async function execBeside(pid: number, command: readonly string[], timeout: number): Promise<ExecOutcome> {
  const [program, ...args] = command;
  if (program === undefined) throw new RuntimeError('ExecError', 'no command was given');
  const env = parseEnvironment(await readFile(`/proc/${pid}/environ`, 'utf8'));
  const cwd = await readlink(`/proc/${pid}/cwd`);
  const owner = await stat(`/proc/${pid}`);
  const asOwner = process.getuid?.() === 0 && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, ...asOwner, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeout);
    const take = (chunk: Buffer): void => {
      if (output.length < kept) output += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(new RuntimeError('ExecError', `could not run ${program}: ${cause.message}`, { cause }));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (late)
        resolve({ code: 137, output: `command timed out: "${command.join(' ')}" timed out after ${timeout / 1000}s` });
      else resolve({ code: code ?? 137, output });
    });
  });
}
