/** Carries out steps for one Pod. Decisions are made elsewhere; what must survive is on disk before the runtime is asked. */
import { allocatedPod } from '../admission/allocation.ts';
import { beginPostStart, beginStop, preStop } from './hooks.ts';
import type { PodRecord } from '../pod-record.ts';
import { grant, resize } from './resize-containers.ts';
import { resizeProblem } from '../admission/resize.ts';
import { sandboxConfig } from '../container/sandbox-config.ts';
import { startContainer } from './start-container.ts';
import { attempt, saveCheckpoint, saveContainer, type StepContext } from './step-context.ts';
import type { StepOf, StepRunner } from '../step.ts';
import { volumeSources } from '../container/volume-sources.ts';

/** The doer of every kind of step for the Pod of `record`. */
export function stepRunner(context: StepContext, record: PodRecord): StepRunner {
  const { uid } = record.checkpoint;
  const noSandbox = { reason: 'FailedCreatePodSandBox', prefix: 'Failed to create pod sandbox: ' };
  return {
    sandbox: (step) =>
      attempt(context, record, { name: '', event: noSandbox }, () => makeSandbox(context, record, step)),
    volumes: () => attempt(context, record, { name: '' }, () => placeVolumes(context, record)),
    start: (step) =>
      attempt(context, record, { name: step.container.name }, () => startContainer(context, record, step)),
    hook: (step) => beginPostStart(context, record, step),
    async hooked({ container }) {
      const { hook: _done, ...rest } = record.checkpoint.containers[container] ?? { id: '', attempt: 0, boot: '' };
      await saveContainer(context, record, container, rest);
    },
    record: ({ container, checkpoint, ended }) => saveContainer(context, record, container, { ...checkpoint, ended }),
    prestop: (step) => void preStop(context, record, step),
    stop: (step) => beginStop(context, record, step),
    remove: (step) => context.runtime.removeContainer(step.id),
    grant: (step) => grant(context, record, step),
    resize: (step) =>
      attempt(
        context,
        record,
        { name: resizeProblem, event: { reason: 'ResizeError', prefix: 'Pod resize error: ' } },
        () => resize(context, record, step),
      ),
    async fail({ kind: _step, ...failed }) {
      await saveCheckpoint(context, record, { failed });
      stopWaiting(context, record);
      const { reason, message } = failed;
      context.events.report(record.pod, { type: 'Warning', reason, message });
    },
    async terminate({ since, grace }) {
      await saveCheckpoint(context, record, { terminating: { since, grace } });
      stopWaiting(context, record);
    },
    release: () =>
      attempt(context, record, { name: '' }, async () => {
        stopWaiting(context, record);
        await context.volumes.remove(uid);
        await context.runtime.stopSandbox(uid);
      }),
    async teardown() {
      stopWaiting(context, record);
      await context.runtime.removeSandbox(uid);
      await context.forget(uid);
      await context.checkpoints.remove(uid);
      record.gone = true;
      context.gone(record);
    },
    wait() {},
  };
}

/** Nothing the Pod waits for will be used. */
function stopWaiting(context: StepContext, record: PodRecord): void {
  context.images?.forget(record.checkpoint.uid);
  record.pulling.clear();
}

/** A sandbox that replaces a lost one is counted first: what was started in the lost one is known by that. */
async function makeSandbox(context: StepContext, record: PodRecord, { lost }: StepOf<'sandbox'>): Promise<void> {
  const { pod } = record;
  if (lost) {
    await saveCheckpoint(context, record, { sandbox: (record.checkpoint.sandbox ?? 0) + 1 });
    const message = 'Pod sandbox changed, it will be killed and re-created.';
    context.events.report(pod, { type: 'Normal', reason: 'SandboxChanged', message });
  }
  await context.runtime.ensureSandbox(sandboxConfig(pod, await context.dns(), context.handler(pod)));
}

async function placeVolumes(context: StepContext, record: PodRecord): Promise<void> {
  record.volumes = true;
  record.refreshAt = undefined;
  try {
    const sources = volumeSources({
      pod: allocatedPod(record.pod, record.checkpoint),
      objects: context.objects(record),
      fields: await context.fields(record),
      images: context.images,
      hostProcesses: context.runtime.isHostProcess(context.handler(record.pod)),
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
