/** What /proc tells of the processes of this machine. */
import { readdir, readFile } from 'node:fs/promises';

/** One process. `started` is in clock ticks since boot: with the pid it names a process for as long as the machine runs. */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly session: number;
  readonly started: number;
  /** CPU time of the process and its reaped children, in seconds. */
  readonly cpu: number;
}

/** Clock ticks a second as Linux shows them to programs, on every architecture. */
const ticks = 100;

/** Reads the text of /proc/<pid>/stat. The name in brackets may hold anything, so fields count from the last bracket. */
export function parseStat(text: string): ProcessStat | undefined {
  const bracket = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(bracket + 2).split(' ');
  const started = Number(fields[19]);
  if (bracket < 0 || Number.isNaN(pid) || Number.isNaN(started)) return undefined;
  const cpu = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0) / ticks;
  return { pid, state: fields[0] ?? '', session: Number(fields[3]), started, cpu };
}

/** The process with this pid now, or undefined; a zombie counts as gone. */
export async function readProcess(pid: number): Promise<ProcessStat | undefined> {
  try {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
    return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat;
  } catch {
    return undefined;
  }
}

/** Every living process whose session one of `sessions` leads. One walk over /proc. */
export async function sessionMembers(sessions: ReadonlySet<number>): Promise<ProcessStat[]> {
  if (sessions.size === 0) return [];
  const members: ProcessStat[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readProcess(Number(entry));
    if (stat !== undefined && sessions.has(stat.session)) members.push(stat);
  }
  return members;
}

/** Resident memory in bytes; 0 when it is gone. */
export async function residentMemory(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
