/** How long a Job waits before it tries again: 10 s after a failure, doubling to 10 minutes. */
import { finishedAt, type JobPod } from './job-pod.ts';

/** Failures in a row and when the last one was (Unix milliseconds). */
export interface Failures {
  readonly count: number;
  readonly last: number;
}

/** A Job none of whose Pods has failed. */
export const noFailures: Failures = { count: 0, last: 0 };

const first = 10_000;
const limit = 600_000;

/** Adds what ended since: a success ends the row, failures after it begin a new one. */
export function addEnded(before: Failures, succeeded: readonly JobPod[], failed: readonly JobPod[]): Failures {
  if (failed.length === 0) return succeeded.length === 0 ? before : noFailures;
  const times = failed.map(finishedAt);
  if (succeeded.length === 0) return { count: before.count + times.length, last: Math.max(...times) };
  const success = Math.max(...succeeded.map(finishedAt));
  const later = times.filter((time) => time > success);
  return later.length === 0 ? noFailures : { count: later.length, last: Math.max(...later) };
}

/** Milliseconds still to wait; 0 when the next try may come now. */
export function backoffLeft({ count, last }: Failures, now: number): number {
  if (count === 0) return 0;
  return Math.max(0, last + Math.min(limit, first * 2 ** Math.min(count - 1, 30)) - now);
}
