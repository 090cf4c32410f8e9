/** Mounts and undoes mounts, through the programs of util-linux: Node has no system call for it. */
import { spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountsWithin } from './mount-table.ts';
import { VolumeError } from './volumes.ts';

/** Longest a program may take, in milliseconds; a dead file server must not hold the agent. */
const patience = 30_000;

/** Waits between tries to undo a mount that is in use, in milliseconds. */
const unmountWaits = [50, 100, 200, 400, 800];

/** After so many rounds it is given up. */
const mostRounds = 50;

/** How many places one call of umount is told. */
const atOnce = 100;

/** Mounts a file system everybody may write to that lives in memory, holds at most `bytes` and is of `group`. Rejects with VolumeError. */
export function mountMemory(directory: string, options: { bytes: number; group?: number }): Promise<void> {
  const size = `size=${Math.max(4096, Math.floor(options.bytes))}`;
  const owner = options.group === undefined ? 'mode=1777' : `mode=3777,gid=${options.group}`;
  return run('mount', ['--no-canonicalize', '-t', 'tmpfs', '-o', `${size},${owner}`, 'tmpfs', directory]);
}

/** Shows exactly what `source` holds at `target` as well. Rejects with VolumeError. */
export function bindMount(source: FileHandle, target: string): Promise<void> {
  return run('mount', ['--no-canonicalize', '--bind', '/proc/self/fd/3', target], source.fd);
}

/** Undoes every mount at and below `directory` (a real path). Rejects with VolumeError when one stays in use. */
export async function unmountWithin(directory: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const mounted = await mountsWithin(directory);
    if (mounted.length === 0) return;
    try {
      for (let at = 0; at < mounted.length; at += atOnce)
        await run('umount', ['--no-canonicalize', ...mounted.slice(at, at + atOnce)]);
    } catch (error) {
      const wait = unmountWaits[attempt];
      if (wait === undefined) throw error;
      await sleep(wait);
    }
    if (attempt > mostRounds) throw new VolumeError(`somebody goes on mounting below ${directory}`);
  }
}

/** Runs it; `fd` is its descriptor 3. */
function run(program: string, args: readonly string[], fd?: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe', fd ?? 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 1000) said += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const text = error.code === 'ENOENT' ? `the program ${program} is missing (package mount)` : error.message;
      reject(new VolumeError(text, { cause: error }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new VolumeError(said.trim().split('\n')[0] || `${program} ended with ${signal ?? code}`));
    });
  });
}
