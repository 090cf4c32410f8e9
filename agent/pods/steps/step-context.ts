/** What the steps of Pods use, and how a step that fails is told. */
import type { Pod, ServiceAccountTokenProjection } from '../../../hub/api/pod.ts';
import { backoffDelay } from '../../../hub/base/backoff.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import type { HookRunner } from '../../probes/probe.ts';
import { type Runtime, RuntimeError } from '../../runtime/runtime.ts';
import type { Checkpoints, ContainerCheckpoint, PodCheckpoint } from '../../state/checkpoints.ts';
import type { PodFiles } from '../../volumes/pod-files.ts';
import { VolumeError, type Volumes } from '../../volumes/volumes.ts';
import type { ReferencedObjects } from '../container/environment.ts';
import type { PodEvents } from '../events.ts';
import type { FieldContext } from '../container/fields.ts';
import { ImageProblem } from '../image-problem.ts';
import type { ImagePulls } from '../images.ts';
import type { PodRecord } from '../pod-record.ts';
import type { VolumeObjects } from '../references.ts';
import type { NodeDns } from '../container/sandbox-config.ts';

/** What steps use. */
export interface StepContext {
  readonly runtime: Runtime;
  readonly volumes: Volumes;
  readonly checkpoints: Checkpoints;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly log: Log;
  /** The kernel's boot id. */
  readonly boot: string;
  /** Environment every container gets. */
  readonly base: () => Readonly<Record<string, string>>;
  /** Unset where containers are made without images. */
  readonly images?: ImagePulls;
  /** Unset where containers see the node's own files. */
  readonly files?: PodFiles;
  readonly hook: HookRunner;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
  /** Resolves when a container of this Pod may start; rejects with RuntimeError. */
  guard(uid: string): Promise<void>;
  dns(): Promise<NodeDns>;
  /** The runtime's word for the Pod's RuntimeClass; '' is its default. */
  handler(pod: Pod): string;
  objects(record: PodRecord): ReferencedObjects & VolumeObjects;
  fields(record: PodRecord): Promise<FieldContext>;
  token(record: PodRecord, projection: ServiceAccountTokenProjection): Promise<string | undefined>;
  /** Something that was begun has ended: the Pod is to be looked at. */
  changed(uid: string): void;
  /** Removes what the Pod left outside the runtime. */
  forget(uid: string): Promise<void>;
  /** Tells the hub that nothing is left. */
  gone(record: PodRecord): void;
}

/** Writes a change of the Pod's checkpoint to disk; only steps do, one after the other. */
export async function saveCheckpoint(
  context: StepContext,
  record: PodRecord,
  change: Partial<PodCheckpoint>,
): Promise<void> {
  const next = { ...record.checkpoint, ...change };
  await context.checkpoints.save(next);
  record.checkpoint = next;
}

/** As `saveCheckpoint`, for one container. */
export function saveContainer(
  context: StepContext,
  record: PodRecord,
  name: string,
  container: ContainerCheckpoint,
): Promise<void> {
  return saveCheckpoint(context, record, { containers: { ...record.checkpoint.containers, [name]: container } });
}

/** Delays between tries of a step that fails, in milliseconds. */
const retry = { first: 1000, limit: 60_000 } as const;

/** Under which name a problem is kept and which event tells of it. */
export interface Trouble {
  /** A container's name, or '' for the whole Pod. */
  readonly name: string;
  /** The event's reason and the words before the message; unset: as of a container that could not be made. */
  readonly event?: { readonly reason: string; readonly prefix: string };
}

/**
 * Runs `work`; a failure becomes a problem the Pod's status shows, with back-off, and ends the round. `work` answers
 * `later` when it has only begun something: that ends the round too, and an older problem goes on being shown.
 */
export async function attempt(
  context: StepContext,
  record: PodRecord,
  trouble: Trouble,
  work: () => Promise<'later' | void>,
): Promise<void> {
  const { name } = trouble;
  let done: 'later' | void;
  try {
    done = await work();
  } catch (error) {
    const { reason, message } = reasonOf(error);
    const failures = (record.problems.get(name)?.failures ?? 0) + 1;
    const until = error instanceof ImageProblem ? error.until : context.clock.now() + backoffDelay(retry, failures, 1);
    record.problems.set(name, { reason, message, failures, until });
    const container = name === '' || name.startsWith('/') ? {} : { container: name };
    context.events.report(record.pod, { type: 'Warning', ...eventOf(error, trouble, message), ...container });
    if (!(error instanceof RuntimeError || error instanceof VolumeError))
      context.log.error({ pod: record.checkpoint.name, container: name, error: String(error) }, 'a step failed');
    throw new RoundOver(message, { cause: error });
  }
  if (done === 'later') throw new RoundOver('begun');
  record.problems.delete(name);
}

/** The steps after this one are for another look; the record says why and until when. */
export class RoundOver extends Error {}

function reasonOf(error: unknown): { reason: string; message: string } {
  if (error instanceof RuntimeError) return { reason: error.reason, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { reason: error instanceof VolumeError ? 'ContainerCreating' : 'CreateContainerError', message };
}

function eventOf(error: unknown, { event }: Trouble, message: string): { reason: string; message: string } {
  if (error instanceof VolumeError) return { reason: 'FailedMount', message };
  if (event !== undefined) return { reason: event.reason, message: `${event.prefix}${message}` };
  return { reason: 'Failed', message: `Error: ${error instanceof ImageProblem ? error.reason : message}` };
}
