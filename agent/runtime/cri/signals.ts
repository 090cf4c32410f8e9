/** Signals as Pods name them, such as `SIGUSR1` and `SIGRTMIN+3`, for CRI and for the kernel. Pure. */
import { constants } from 'node:os';

/** CRI's name. */
export const criSignal = (name: string): string => name.replace('+', 'PLUS').replace('-', 'MINUS');

/** The kernel's number; undefined for no signal. */
export function signalNumber(name: string): number | undefined {
  const realTime = /^SIGRT(MIN|MAX)(?:[+-](\d+))?$/.exec(name);
  if (realTime === null) return (constants.signals as Readonly<Record<string, number>>)[name];
  const offset = Number(realTime[2] ?? 0);
  // as the C library counts them: the first two are its own
  return realTime[1] === 'MIN' ? 34 + offset : 64 - offset;
}
