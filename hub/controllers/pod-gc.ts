/** Removes Pods nobody will remove: of nodes that are gone, deleted before they had a node, and finished ones beyond a limit. */
import { isConflict, isNotFound } from '../api/errors.ts';
import { hasEnded } from '../api/pod-phase.ts';
import type { Pod, PodCondition } from '../api/pod.ts';
import { setPodCondition } from '../api/pod-condition.ts';
import { nodes, pods } from '../api/resource.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Again } from '../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../registry/registry.ts';
import { type ControllerContext, writerOf } from './context.ts';
import { createController, keyOf, splitKey } from './controller.ts';

/** API: quarantineTime: a node that comes back within this time keeps its Pods. */
const quarantineMs = 40_000;
/** API: --terminated-pod-gc-threshold. */
const terminatedLimit = 12_500;

class PodGc {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf('pod-garbage-collector');
  /** Nodes that Pods name and that are not there, and since when. */
  readonly #missing = new Map<string, number>();
  /** Finished Pods, oldest first. */
  readonly #finished = new Set<string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  *initial(): Iterable<string | undefined> {
    const { registry, pods: facts } = this.#context;
    const seen = new Set<string>();
    for (const entry of registry.entries(pods)) {
      const { node } = facts.of(entry);
      const isMissing = node !== '' && !seen.has(node) && registry.get(nodes, '', node) === undefined;
      if (node !== '') seen.add(node);
      this.#see(entry);
      yield isMissing ? `/${node}` : undefined;
    }
    yield 'finished/';
  }

  *keys(change: Change): Iterable<string> {
    const { entry } = change;
    const key = keyOf(entry);
    if (change.type === 'DELETED') {
      this.#finished.delete(key);
      return;
    }
    const facts = this.#context.pods.of(entry);
    if (this.#see(entry) && this.#finished.size > terminatedLimit) yield 'finished/';
    if (facts.node === '') {
      if (facts.deleting) yield key;
      return;
    }
    const before = change.previous === undefined ? undefined : this.#context.pods.of(change.previous).node;
    if (before !== facts.node && this.#context.registry.get(nodes, '', facts.node) === undefined)
      yield `/${facts.node}`;
  }

  #see(entry: Entry): boolean {
    const { phase } = this.#context.pods.of(entry);
    if (!hasEnded(phase)) return false;
    this.#finished.add(keyOf(entry));
    return true;
  }

  async reconcile(key: string): Promise<Again> {
    if (key === 'finished/') return this.#trim();
    const { namespace, name } = splitKey(key);
    if (namespace === '') return this.#orphans(name);
    const { registry, pods: facts } = this.#context;
    const entry = registry.get(pods, namespace, name);
    if (entry === undefined || facts.of(entry).node !== '' || !facts.of(entry).deleting) return undefined;
    await this.#remove(entry);
    return undefined;
  }

  async #orphans(node: string): Promise<Again> {
    const { registry, clock } = this.#context;
    if (registry.get(nodes, '', node) !== undefined || registry.podsOnNode(node).length === 0) {
      this.#missing.delete(node);
      return undefined;
    }
    const since = this.#missing.get(node) ?? clock.now();
    this.#missing.set(node, since);
    const left = since + quarantineMs - clock.now();
    if (left > 0) return left;
    const message = 'PodGC: node no longer exists';
    await Promise.all(registry.podsOnNode(node).map((entry) => this.#remove(entry, message)));
    this.#missing.delete(node);
    return undefined;
  }

  async #trim(): Promise<Again> {
    const surplus = [...this.#finished].slice(0, Math.max(0, this.#finished.size - terminatedLimit));
    const entries = surplus.map((key) => {
      const { namespace, name } = splitKey(key);
      return this.#context.registry.get(pods, namespace, name);
    });
    await Promise.all(entries.map((entry) => (entry === undefined ? undefined : this.#remove(entry))));
    return undefined;
  }

  /** Deletes at once. With a `message` the Pod is first marked as disrupted, and as failed when it had not finished. */
  async #remove(entry: Entry, message?: string): Promise<void> {
    const { registry, clock } = this.#context;
    try {
      if (message !== undefined) await this.#mark(entry, message, clock.now());
      const options = { ...this.#writer, gracePeriodSeconds: 0, preconditions: { uid: entry.uid } };
      await registry.delete(pods, entry.namespace, entry.name, options);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async #mark(entry: Entry, message: string, now: number): Promise<void> {
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message,
    };
    await this.#context.registry.modify<Pod>(
      pods,
      entry.namespace,
      entry.name,
      (pod) => {
        if (pod.metadata.uid !== entry.uid) return;
        const phase = pod.status?.phase;
        const ended = hasEnded(phase);
        setPodCondition(pod, condition, now);
        if (!ended) pod.status = { ...pod.status, phase: 'Failed' };
      },
      { ...this.#writer, subresource: 'status' },
    );
  }
}

/** Collects Pods that are nobody's any more. */
export function createPodGcController(context: ControllerContext): Part {
  const controller = new PodGc(context);
  return createController({
    name: 'pod-gc',
    context,
    interests: [
      { ref: pods, keys: (change) => controller.keys(change) },
      { ref: nodes, keys: (change) => (change.type === 'DELETED' ? [`/${change.entry.name}`] : []) },
    ],
    initial: () => controller.initial(),
    reconcile: (key) => controller.reconcile(key),
    workers: 16,
  });
}
