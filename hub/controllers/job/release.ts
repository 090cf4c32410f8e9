/** Takes the finalizer off Pods: those that are counted, and those whose Job is gone. */
import { isConflict, isNotFound } from '../../api/errors.ts';
import { jobs, pods } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { createController, keyOf, splitKey } from '../controller.ts';
import { trackingFinalizer } from './job-pod.ts';

const mark = Buffer.from(`"${trackingFinalizer}"`);

async function release(context: ControllerContext, writer: WriteOptions, entry: Entry): Promise<void> {
  try {
    await context.registry.modify(
      pods,
      entry.namespace,
      entry.name,
      ({ metadata }) => {
        if (metadata.uid !== entry.uid) return;
        const rest = (metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
        if (rest.length > 0) metadata.finalizers = rest;
        else delete metadata.finalizers;
      },
      writer,
    );
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** Takes the finalizer off those of `entries` that have it. */
export async function releasePods(
  context: ControllerContext,
  writer: WriteOptions,
  entries: readonly Entry[],
): Promise<void> {
  const held = entries.filter((entry) => entry.bytes.includes(mark));
  await Promise.all(held.map((entry) => release(context, writer, entry)));
}

class OrphanedJobPods {
  readonly #context: ControllerContext;
  readonly #writer = writerOf('job-controller');

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** True when no Job will ever count the Pod. */
  #isOrphaned(entry: Entry): boolean {
    const owner = this.#context.pods.of(entry).controller;
    if (owner?.kind !== 'Job') return true;
    return this.#context.registry.get(jobs, entry.namespace, owner.name)?.uid !== owner.uid;
  }

  *podKeys(change: Change): Iterable<string> {
    const { entry } = change;
    if (change.type !== 'DELETED' && entry.bytes.includes(mark) && this.#isOrphaned(entry)) yield keyOf(entry);
  }

  *jobKeys(change: Change): Iterable<string> {
    if (change.type !== 'DELETED') return;
    for (const one of this.#context.registry.dependents(change.entry.uid)) {
      if (one.info.resource === 'pods' && one.bytes.includes(mark)) yield keyOf(one);
    }
  }

  *initial(): Iterable<string | undefined> {
    const { registry, pods: facts } = this.#context;
    for (const entry of registry.entries(pods)) {
      yield facts.of(entry).hasFinalizers && entry.bytes.includes(mark) ? keyOf(entry) : undefined;
    }
  }

  async reconcile(key: string): Promise<Again> {
    const { namespace, name } = splitKey(key);
    const entry = this.#context.registry.get(pods, namespace, name);
    if (entry === undefined || !entry.bytes.includes(mark) || !this.#isOrphaned(entry)) return undefined;
    await release(this.#context, this.#writer, entry);
    return undefined;
  }
}

/** Lets Pods go whose Job is gone. */
export function createJobPodReleaser(context: ControllerContext): Part {
  const controller = new OrphanedJobPods(context);
  return createController({
    name: 'job-pod-releaser',
    context,
    interests: [
      { ref: pods, keys: (change) => controller.podKeys(change) },
      { ref: jobs, keys: (change) => controller.jobKeys(change) },
    ],
    initial: () => controller.initial(),
    reconcile: (key) => controller.reconcile(key),
    workers: 16,
  });
}
