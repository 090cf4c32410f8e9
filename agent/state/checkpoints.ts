/** What of each Pod must survive a restart of the agent or the machine. */
import { join } from 'node:path';
import type { ContainerStateTerminated, ResourceRequirements } from '../../hub/api/container.ts';
import type { Log } from '../../hub/base/log.ts';
import { Journal } from './journal.ts';

/** One container's history. Times are Unix milliseconds. */
export interface ContainerCheckpoint {
  /** The runtime's id of the newest attempt. */
  readonly id: string;
  /** 0 for the first attempt; the restart count the API shows. */
  readonly attempt: number;
  /** The kernel's boot id when it was started: with another one it is gone. */
  readonly boot: string;
  /** The image's name it was made from. */
  readonly image?: string;
  /** The Pod's sandbox it was started in, as `PodCheckpoint.sandbox` counts them; unset: the first. */
  readonly sandbox?: number;
  /** Its postStart hook has not ended yet: it runs again for an agent that takes the container over. */
  readonly hook?: 'due';
  /** What the node granted it, which lags behind the Pod's words until a resize is let in. */
  readonly resources?: ResourceRequirements;
  /** Set while a resize that was let in is under way: what it ran with before. */
  readonly resizing?: ResourceRequirements;
  /** How the attempt before ended. */
  readonly last?: ContainerStateTerminated;
  /** How the newest attempt ended, kept so that it is known when the runtime forgets. */
  readonly ended?: ContainerStateTerminated;
  /** Crash back-off: the delay in milliseconds in force since `since`. */
  readonly backoff?: { readonly delay: number; readonly since: number };
}

/** Why a Pod may not run any more: its deadline, an eviction, a refusal. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
  /** Seconds its containers get at most; its own grace unless set. */
  readonly grace?: number;
  /** API: the condition DisruptionTarget it gets, when it is not to blame itself. */
  readonly disruption?: { readonly reason: string; readonly message: string };
}

/** One Pod's history. */
export interface PodCheckpoint {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** When this node first saw the Pod. */
  readonly startTime: number;
  readonly containers: Readonly<Record<string, ContainerCheckpoint>>;
  /** Set once the Pod may not run any more: its phase stays Failed. */
  readonly failed?: PodFailure;
  /** How many sandboxes were lost so far; unset: none. */
  readonly sandbox?: number;
  /** When termination began, so that a restart of the agent does not begin the grace period anew. */
  readonly terminating?: { readonly since: number; readonly grace: number };
}

/** The checkpoints by Pod uid. `save` and `remove` resolve when they are on disk. */
export interface Checkpoints {
  get(uid: string): PodCheckpoint | undefined;
  all(): Iterable<PodCheckpoint>;
  save(checkpoint: PodCheckpoint): Promise<void>;
  remove(uid: string): Promise<void>;
}

/** Opens `<dir>/pods.journal`. */
export async function openCheckpoints(options: {
  dir: string;
  log: Log;
}): Promise<Checkpoints & { close(): Promise<void> }> {
  const journal = await Journal.open<PodCheckpoint>({ file: join(options.dir, 'pods.journal'), log: options.log });
  return {
    get: (uid) => journal.entries.get(uid),
    all: () => journal.entries.values(),
    save: (checkpoint) => journal.write({ puts: [[checkpoint.uid, checkpoint]], removals: [] }),
    remove: (uid) => (journal.entries.has(uid) ? journal.write({ puts: [], removals: [uid] }) : Promise.resolve()),
    close: () => journal.close(),
  };
}
