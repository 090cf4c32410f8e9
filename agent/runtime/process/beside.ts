/** What a command run beside a host process takes over from it: environment, directory, user, control groups. */
import { spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { defaultPath, findExecutable } from './start.ts';
import { RuntimeError } from '../runtime.ts';

/** How a command is started beside a process. */
export interface Beside {
  readonly env: Record<string, string>;
  readonly cwd: string;
  /** Words before the command: they join its control groups and become its user. */
  readonly prefix: readonly string[];
}

/** Programs of this machine that commands need; undefined where there is none. */
export interface BesideTools {
  readonly setpriv: string | undefined;
  /** True when setpriv can bind a command's life to the agent's. */
  readonly bindsLife: boolean;
  readonly script: string | undefined;
  /** True when script can be told to echo although its own input is no terminal. */
  readonly echoes: boolean;
}

/** Joins the groups named before `--`, best effort, and becomes the rest. */
const joinGroups = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done 2>/dev/null; shift; exec "$@"';

/** Looks for them; busybox has programs of these names that can less. */
export async function findBesideTools(): Promise<BesideTools> {
  const setpriv = await findExecutable('setpriv', defaultPath, '/');
  const script = await findExecutable('script', defaultPath, '/');
  const scriptHelp = await helpOf(script);
  return {
    setpriv,
    bindsLife: (await helpOf(setpriv)).includes('--pdeathsig'),
    script: scriptHelp.includes('--return') ? script : undefined,
    echoes: scriptHelp.includes('--echo'),
  };
}

function helpOf(program: string | undefined): Promise<string> {
  if (program === undefined) return Promise.resolve('');
  return new Promise((resolve) => {
    const child = spawn(program, ['--help'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5_000 });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(text));
  });
}

/** Reads it from process `pid`. Rejects with RuntimeError when that is gone. */
export async function beside(pid: number, joins: readonly string[], tools: BesideTools): Promise<Beside> {
  try {
    const env = parseEnvironment(await readFile(`/proc/${pid}/environ`, 'utf8'));
    const cwd = await readlink(`/proc/${pid}/cwd`);
    const user = userWords(await readFile(`/proc/${pid}/status`, 'utf8'), tools);
    const groups = joins.length === 0 ? [] : ['/bin/sh', '-c', joinGroups, 'coracle-exec', ...joins, '--'];
    return { env, cwd, prefix: [...groups, ...user] };
  } catch (cause) {
    if (cause instanceof RuntimeError) throw cause;
    throw new RuntimeError('ExecError', 'the container does not run any more', { cause });
  }
}

/** The words of setpriv that give a command the user and groups of a process, and the agent's own end as its own. */
function userWords(status: string, tools: BesideTools): string[] {
  const numbers = (field: string): number[] =>
    (new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  const uid = numbers('Uid')[1] ?? 0;
  const gid = numbers('Gid')[1] ?? 0;
  const groups = numbers('Groups');
  const other = process.getuid?.() === 0 && (uid !== 0 || gid !== 0);
  const life = tools.bindsLife ? ['--pdeathsig', 'KILL'] : [];
  if (!other && life.length === 0) return [];
  if (tools.setpriv === undefined)
    throw new RuntimeError('ExecError', 'a command as another user needs the program setpriv (package util-linux)');
  const user = other
    ? [
        '--reuid',
        String(uid),
        '--regid',
        String(gid),
        ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
      ]
    : [];
  return [tools.setpriv, ...user, ...life, '--'];
}

/** The text of /proc/<pid>/environ as variables. */
export function parseEnvironment(text: string): Record<string, string> {
  const pairs = text.split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Rejects with RuntimeError unless there is such a program, as the command's own environment sees it. */
export async function mustExist(program: string, where: Beside): Promise<void> {
  if ((await findExecutable(program, where.env['PATH'] ?? defaultPath, where.cwd)) === undefined)
    throw new RuntimeError('ExecError', `exec: "${program}": executable file not found in $PATH of this machine`);
}
