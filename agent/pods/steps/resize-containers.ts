/** Carries out resizes that were granted. */
import type { ContainerCheckpoint } from '../../state/checkpoints.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import type { PodResources } from '../../runtime/sandbox.ts';
import { allocatedPod } from '../admission/allocation.ts';
import { containerResources } from '../container/container-config.ts';
import type { PodRecord } from '../pod-record.ts';
import { podResources } from '../admission/pod-resources.ts';
import { appliedPod, isResizing } from '../admission/resize.ts';
import { containerNamed, containersOf } from '../situation.ts';
import { saveCheckpoint, type StepContext } from './step-context.ts';
import type { StepOf } from '../step.ts';

/** Writes down what is granted, and what the containers had until now. */
export async function grant(context: StepContext, record: PodRecord, { resources }: StepOf<'grant'>): Promise<void> {
  const containers: Record<string, ContainerCheckpoint> = { ...record.checkpoint.containers };
  for (const [name, next] of Object.entries(resources)) {
    const before = containers[name];
    if (before !== undefined)
      containers[name] = { ...before, resources: next, resizing: before.resizing ?? before.resources ?? {} };
  }
  await saveCheckpoint(context, record, { containers });
  // files of the downward API show what is granted
  if ((record.pod.spec.volumes ?? []).length > 0) record.volumes = false;
  tell(context, record, 'ResizeStarted', 'Pod resize started');
}

/** The Pod grows first and shrinks last, so that its containers always fit. Rejects with RuntimeError. */
export async function resize(context: StepContext, record: PodRecord, { containers }: StepOf<'resize'>): Promise<void> {
  const { runtime } = context;
  const { uid } = record.checkpoint;
  const memory = (await context.fields(record)).allocatable.memory;
  const before = podResources(appliedPod(record.pod, record.checkpoint));
  const pod = allocatedPod(record.pod, record.checkpoint);
  const after = podResources(pod);
  await refuseBelowUsage(context, record, containers);
  await runtime.resizeSandbox(uid, larger(before, after));
  for (const name of containers) {
    const container = containerNamed(pod, name);
    const id = record.checkpoint.containers[name]?.id;
    if (container !== undefined && id !== undefined)
      await runtime.resizeContainer(id, containerResources(pod, container, memory));
  }
  await runtime.resizeSandbox(uid, after);
  const settled: Record<string, ContainerCheckpoint> = { ...record.checkpoint.containers };
  for (const name of containers) {
    const { resizing: _done, ...rest } = settled[name] ?? { id: '', attempt: 0, boot: '' };
    settled[name] = rest;
  }
  await saveCheckpoint(context, record, { containers: settled });
  if (!isResizing(record)) tell(context, record, 'ResizeCompleted', 'Pod resize completed');
}

function larger(a: PodResources, b: PodResources): PodResources {
  const most = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined || y === undefined ? undefined : Math.max(x, y);
  const cpuLimit = most(a.cpuLimit, b.cpuLimit);
  const memoryLimit = most(a.memoryLimit, b.memoryLimit);
  return {
    qos: b.qos,
    cpuShares: Math.max(a.cpuShares, b.cpuShares),
    ...(cpuLimit === undefined ? {} : { cpuLimit }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  };
}

/** API: a memory limit below what is used now would end the container; the resize waits instead. */
async function refuseBelowUsage(context: StepContext, record: PodRecord, names: readonly string[]): Promise<void> {
  const pod = allocatedPod(record.pod, record.checkpoint);
  const limits = new Map<string, number>();
  for (const name of names) {
    const container = containerNamed(pod, name);
    const { resizing } = record.checkpoint.containers[name] ?? {};
    if (container === undefined || resizing === undefined) continue;
    const next = containerResources(pod, container, 1).memoryLimit;
    const old = containerResources(pod, { ...container, resources: resizing }, 1).memoryLimit;
    if (next !== undefined && (old === undefined || next < old)) limits.set(name, next);
  }
  if (limits.size === 0) return;
  for (const { pod: owner, name, memory } of await context.runtime.stats()) {
    const limit = owner.uid === record.checkpoint.uid ? limits.get(name) : undefined;
    if (limit !== undefined && memory > limit)
      throw new RuntimeError(
        'Error',
        `attempting to set memory limit (${limit}) of container ${name} below current usage (${memory})`,
      );
  }
}

function tell(context: StepContext, record: PodRecord, reason: string, words: string): void {
  const pod = allocatedPod(record.pod, record.checkpoint);
  const containers = containersOf(pod)
    .filter(({ container }) => container.resources !== undefined)
    .map(({ container: { name, resources } }) => ({ name, resources }));
  const details = JSON.stringify({ containers, generation: record.pod.metadata.generation });
  context.events.report(record.pod, { type: 'Normal', reason, message: `${words}: ${details}` });
}
