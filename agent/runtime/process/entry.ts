/** What the process runtime holds in memory of one container. */
import type { Cgroup } from './cgroup.ts';
import type { LiveProcess } from '../live-process.ts';
import type { LogTimes } from './log-times.ts';
import type { StoredContainer } from './record.ts';
import { lastWords } from './last-words.ts';
import type { ProcessStat } from './table.ts';
import type { ContainerObservation } from '../container.ts';

/** One container. */
export interface Entry {
  readonly stored: StoredContainer;
  observation: ContainerObservation;
  /** The process, once the shim has told. */
  process?: ProcessStat;
  shim?: number;
  cgroup?: Cgroup;
  times?: LogTimes;
  /** A stop under way: when the kill is due, in Unix milliseconds. */
  killAt?: number;
  waiting: (() => void)[];
  /** Commands beside it that end with it. */
  readonly watched: Set<LiveProcess>;
}

/** What is seen of a container that has just begun. */
export function observe(stored: StoredContainer, startedAt: number): ContainerObservation {
  const { id, pod, name, attempt, image } = stored.record;
  return { id, shownId: `process://${id}`, pod, name, attempt, image, imageId: '', state: 'running', startedAt };
}

/** What is seen of it once it ended; `lost`: nobody saw how. */
export async function ended(
  entry: Entry,
  exit: { code: number; at: number },
  lost: boolean,
  oom = false,
): Promise<ContainerObservation> {
  const reason = lost ? 'Unknown' : oom ? 'OOMKilled' : exit.code === 0 ? 'Completed' : 'Error';
  const message = await lastWords(entry.stored, exit.code);
  const how = { finishedAt: exit.at, exitCode: exit.code, reason, ...(message === undefined ? {} : { message }) };
  return { ...entry.observation, state: 'exited', ...how };
}
