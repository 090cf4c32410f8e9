/** Carries out steps for one Pod. Decisions are made elsewhere; what must survive is on disk before the runtime is asked. */
import { randomBytes } from 'node:crypto';
import { backoffDelay } from '../../hub/base/backoff.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import { type Runtime, RuntimeError } from '../runtime/runtime.ts';
import type { Checkpoints, ContainerCheckpoint } from '../state/checkpoints.ts';
import type { ServiceAccountTokenProjection } from '../../hub/api/pod.ts';
import { VolumeError, type Volumes } from '../volumes/volumes.ts';
import { containerConfig } from './container-config.ts';
import type { ReferencedObjects } from './environment.ts';
import type { PodEvents } from './events.ts';
import type { FieldContext } from './fields.ts';
import { ensureImage, type ImagesContext } from './images.ts';
import { placeMounts } from './mounts.ts';
import type { PodRecord } from './pod-record.ts';
import { type NodeDns, sandboxConfig } from './sandbox-config.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { StepOf, StepRunner } from './step.ts';
import { volumeSources } from './volume-sources.ts';
import type { VolumeObjects } from './references.ts';

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
  readonly base: Readonly<Record<string, string>>;
  /** Unset where containers are made without images. */
  readonly images?: ImagesContext;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
  dns(): Promise<NodeDns>;
  /** The runtime's word for the Pod's RuntimeClass; '' is its default. */
  handler(pod: Pod): string;
  objects(record: PodRecord): ReferencedObjects & VolumeObjects;
  fields(record: PodRecord): Promise<FieldContext>;
  token(record: PodRecord, projection: ServiceAccountTokenProjection): Promise<string | undefined>;
  /** Removes what the Pod left outside the runtime. */
  forget(uid: string): Promise<void>;
  /** Tells the hub that nothing is left. */
  gone(record: PodRecord): void;
}

/** Delays between tries of a step that fails, in milliseconds. */
const retry = { first: 1000, limit: 60_000 } as const;

/** The doer of every kind of step for the Pod of `record`. */
export function stepRunner(context: StepContext, record: PodRecord): StepRunner {
  const save = async (change: Partial<PodRecord['checkpoint']>): Promise<void> => {
    const next = { ...record.checkpoint, ...change };
    await context.checkpoints.save(next);
    record.checkpoint = next;
  };
  const saveContainer = (name: string, container: ContainerCheckpoint): Promise<void> =>
    save({ containers: { ...record.checkpoint.containers, [name]: container } });

  return {
    sandbox: () => attempt(context, record, '', () => makeSandbox(context, record)),
    volumes: () => attempt(context, record, '', () => placeVolumes(context, record)),
    start: (step) =>
      attempt(context, record, step.container.name, () => startContainer(context, record, step, saveContainer)),
    async record(step) {
      const before = record.checkpoint.containers[step.container];
      if (before !== undefined) await saveContainer(step.container, { ...before, ended: step.ended });
    },
    stop(step) {
      const killAt = context.clock.now() + step.grace * 1000;
      const before = record.stopping.get(step.id);
      if (before !== undefined && killAt > before - 500) return;
      record.stopping.set(step.id, killAt);
      const why = step.why === '' ? '' : `: ${step.why}`;
      const message = `Stopping container ${step.container}${why}`;
      if (before === undefined)
        context.events.report(record.pod, { type: 'Normal', reason: 'Killing', message, container: step.container });
      context.runtime.stopContainer(step.id, step.grace).then(
        () => record.stopping.delete(step.id),
        (error: unknown) => {
          record.stopping.delete(step.id);
          context.log.warn(
            { pod: record.checkpoint.name, container: step.container, error: String(error) },
            'could not stop',
          );
        },
      );
    },
    remove: (step) => context.runtime.removeContainer(step.id),
    async fail({ kind: _step, ...failed }) {
      await save({ failed });
      const { reason, message } = failed;
      context.events.report(record.pod, { type: 'Warning', reason, message });
    },
    terminate: ({ since, grace }) => save({ terminating: { since, grace } }),
    async teardown() {
      const { uid } = record.checkpoint;
      await context.runtime.removeSandbox(uid);
      await context.forget(uid);
      await context.checkpoints.remove(uid);
      record.gone = true;
      context.gone(record);
    },
    wait() {},
  };
}

/** Runs `work`; a failure becomes a problem the Pod's status shows, with back-off, and ends the turn. */
async function attempt(
  context: StepContext,
  record: PodRecord,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    record.problems.delete(name);
  } catch (error) {
    const { reason, message } = reasonOf(error);
    const failures = (record.problems.get(name)?.failures ?? 0) + 1;
    const until = context.clock.now() + backoffDelay(retry, failures, 1);
    record.problems.set(name, { reason, message, failures, until });
    const container = name === '' ? {} : { container: name };
    const event =
      error instanceof VolumeError
        ? { reason: 'FailedMount', message }
        : { reason: 'Failed', message: `Error: ${message}` };
    context.events.report(record.pod, { type: 'Warning', ...event, ...container });
    if (!(error instanceof RuntimeError || error instanceof VolumeError))
      context.log.error({ pod: record.checkpoint.name, container: name, error: String(error) }, 'a step failed');
    throw new StepFailed(message, { cause: error });
  }
}

/** The turn is over; the record says why and until when. */
export class StepFailed extends Error {}

function reasonOf(error: unknown): { reason: string; message: string } {
  if (error instanceof RuntimeError) return { reason: error.reason, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { reason: error instanceof VolumeError ? 'ContainerCreating' : 'CreateContainerError', message };
}

async function makeSandbox(context: StepContext, { pod }: PodRecord): Promise<void> {
  await context.runtime.ensureSandbox(sandboxConfig(pod, await context.dns(), context.handler(pod)));
}

async function placeVolumes(context: StepContext, record: PodRecord): Promise<void> {
  record.volumes = true;
  record.refreshAt = undefined;
  try {
    const sources = volumeSources({
      pod: record.pod,
      objects: context.objects(record),
      fields: await context.fields(record),
      images: context.images,
      signal: context.signal,
      token: (projection) => context.token(record, projection),
    });
    const { volumes, stale } = await context.volumes.prepare(record.pod, sources);
    record.mounts = volumes;
    for (const message of stale) context.events.report(record.pod, { type: 'Warning', reason: 'FailedMount', message });
  } catch (error) {
    record.volumes = false;
    throw error;
  }
}

async function startContainer(
  context: StepContext,
  record: PodRecord,
  step: StepOf<'start'>,
  save: (name: string, container: ContainerCheckpoint) => Promise<void>,
): Promise<void> {
  const { pod } = record;
  const { container, attempt: number, last, backoff } = step;
  const id = step.id ?? randomBytes(32).toString('hex');
  const image =
    context.images === undefined ? undefined : await ensureImage(context.images, pod, container, context.signal);
  const config = containerConfig({
    pod,
    container,
    id,
    attempt: number,
    objects: context.objects(record),
    fields: await context.fields(record),
    volumes: record.mounts,
    base: context.base,
    ...(image === undefined ? {} : { image }),
  });
  if (step.id === undefined)
    await save(container.name, {
      id,
      attempt: number,
      boot: context.boot,
      ...(last && { last }),
      ...(backoff && { backoff }),
    });
  const { uid } = record.checkpoint;
  const mounts = await placeMounts(context.volumes, uid, container.name, config.mounts, record.mounts);
  await context.runtime.startContainer({ ...config, mounts });
  const { name } = container;
  context.events.report(pod, {
    type: 'Normal',
    reason: 'Created',
    message: `Created container: ${name}`,
    container: name,
  });
  context.events.report(pod, {
    type: 'Normal',
    reason: 'Started',
    message: `Started container ${name}`,
    container: name,
  });
}
