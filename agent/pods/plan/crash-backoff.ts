/** How long a container that ended waits before it is started again: 10 s, doubling to 300 s, forgotten after 10 quiet minutes. */

/** The delay in force, in milliseconds, since the restart at `since` (Unix milliseconds). */
export interface CrashBackoff {
  readonly delay: number;
  readonly since: number;
}

/** First delay, longest delay, and how long a container must have run for its past to be forgotten; milliseconds. */
const crashDelays = { first: 10_000, limit: 300_000, forget: 600_000 } as const;

/** Whether a container that ended at `finishedAt` may start now; if not, until when it waits. The first restart is immediate. */
export function crashWait(
  backoff: CrashBackoff | undefined,
  finishedAt: number,
  now: number,
): { readonly delay: number; readonly until: number } | undefined {
  if (backoff === undefined || finishedAt - backoff.since > crashDelays.forget) return undefined;
  const until = finishedAt + backoff.delay;
  return now >= until ? undefined : { delay: backoff.delay, until };
}

/** The back-off in force after a restart at `now`. */
export function nextBackoff(backoff: CrashBackoff | undefined, finishedAt: number, now: number): CrashBackoff {
  const fresh = backoff === undefined || finishedAt - backoff.since > crashDelays.forget;
  return { delay: fresh ? crashDelays.first : Math.min(crashDelays.limit, backoff.delay * 2), since: now };
}
