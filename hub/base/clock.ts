/** Time as an argument: everything that waits or stamps takes a Clock, so tests can move it. */

/** Source of time and timers. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls `run` once after `milliseconds`; the answer cancels it. The timer does not keep the process alive. */
  after(milliseconds: number, run: () => void): () => void;
  /** Resolves after `milliseconds`, or at once (without error) when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay a Node timer takes; longer ones fire at once. */
const longest = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, milliseconds), longest));
    timer.unref();
    return () => {
      // Node keeps what it has for this length of time until that would be over, unless the timer counts as one that is waited for
      timer.ref();
      clearTimeout(timer);
    };
  },
  sleep(milliseconds, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, milliseconds), longest));
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};
