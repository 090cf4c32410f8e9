/** When a probe looks for the first time. Pure. */
import type { Probe } from '../../../hub/api/container.ts';

/** Milliseconds between two looks. API: 10 s unless set. */
export function period(probe: Probe): number {
  return (probe.periodSeconds ?? 10) * 1000;
}

/**
 * Milliseconds from `now` to the first look of a probe that begins now, of a container that started at `since` (Unix
 * milliseconds). API: readiness is asked for as soon as the initial delay is over; the other two look at the ends of periods
 * after it, never at the start itself, when a program cannot answer yet.
 */
export function firstLook(
  kind: 'startup' | 'readiness' | 'liveness',
  probe: Probe,
  since: number,
  now: number,
): number {
  const delay = (probe.initialDelaySeconds ?? 0) * 1000;
  // a clock that was set back makes no container start later
  const age = Math.max(0, now - since);
  if (kind === 'readiness') return Math.max(0, delay - age);
  const each = period(probe);
  return Math.max(1, Math.ceil(delay / each), Math.floor(age / each) + 1) * each - age;
}
