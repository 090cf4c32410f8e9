/** A clock that stands still until a test moves it. */
import type { Clock } from '../../hub/base/clock.ts';

/** A clock with hands. */
export interface ManualClock extends Clock {
  /** Moves on by `milliseconds` and runs what is due, in order. */
  advance(milliseconds: number): void;
  /** How many timers are set. */
  readonly pending: number;
}

/** Starts at `start` (Unix milliseconds); the real time unless said. */
export function manualClock(start = Date.now()): ManualClock {
  const timers = new Set<{ due: number; run: () => void }>();
  let now = start;
  const after = (milliseconds: number, run: () => void): (() => void) => {
    const timer = { due: now + Math.max(0, milliseconds), run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    now: () => now,
    after,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const cancel = after(milliseconds, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      }),
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.due);
        next.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
