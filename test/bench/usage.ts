/** What a process takes, as the kernel counts it. */
import { readFileSync } from 'node:fs';

/** Clock ticks a second. proc(5): always 100 on Linux as user space sees it. */
const ticksPerSecond = 100;

/** Seconds of processor, its own and of children that have ended, and bytes written since its start; bytes resident now. */
export interface Usage {
  cpuSeconds: number;
  childSeconds: number;
  written: number;
  resident: number;
}

/** Reads it. */
export function usage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (file: string, name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    childSeconds: (Number(fields[13]) + Number(fields[14])) / ticksPerSecond,
    written: number('io', 'write_bytes'),
    resident: number('status', 'VmRSS') * 1024,
  };
}

/** Lets time pass while something is measured. */
export const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
