/** The processes that belong to a data directory, found by what their command lines and environments name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process and its command line. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

function text(pid: string, file: 'cmdline' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Daemons, shims and containers of `dir` that live now; never this process. Zombies have ended. */
export function processesOf(dir: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = text(pid, 'cmdline');
    if (!command.includes(dir) && !text(pid, 'environ').includes(dir)) continue;
    if (/\) [ZX] /.test(text(pid, 'stat'))) continue;
    found.push({ pid: Number(pid), command: command.replaceAll('\0', ' ').trim() });
  }
  return found;
}

/** The processes of the containers on a node, by the files their shims wrote; only those that live. */
export function containerPids(dir: string): number[] {
  const events = join(dir, 'agent', 'run', 'events');
  const names = readdirSync(events).filter((name) => name.endsWith('.process'));
  const pids = names.map((name) => Number.parseInt(readFileSync(join(events, name), 'utf8'), 10));
  return pids.filter(isAlive).sort((a, b) => a - b);
}

/** True while a process lives. */
export function isAlive(pid: number): boolean {
  const stat = text(String(pid), 'stat');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** SIGKILL, unless it has ended by now. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
