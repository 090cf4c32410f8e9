/** Knowing when a process first has nothing to do. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** How long it is looked at before it is called idle, in milliseconds. */
const period = 10_000;
/** The part of its time a process may be at work and still be called idle. */
const most = 0.1;

/** The part of its time, 0 to 1, that this process was at work since the last call. */
export function workMeter(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

/** Runs `then` once, after the first ten seconds in which the process was idle. Starting, half that time, does not count. */
export function onceIdle(clock: Clock, worked: () => number, then: () => void): void {
  const look = (): void => {
    if (worked() <= most) then();
    else clock.after(period, look);
  };
  clock.after(period / 2, () => {
    worked();
    clock.after(period, look);
  });
}
