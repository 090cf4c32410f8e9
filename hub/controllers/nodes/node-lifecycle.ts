/** What follows from a node being ready, lost or under pressure: taints, Pods that are no longer ready, evictions. */
import { isConflict, isNotFound } from '../../api/errors.ts';
import type { Node } from '../../api/node.ts';
import { timestamp } from '../../api/object.ts';
import type { Pod, PodCondition } from '../../api/pod.ts';
import { setPodCondition } from '../../api/pod-condition.ts';
import { nodes, pods } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { evictionTime } from './eviction.ts';
import { nodeTaints } from './taints.ts';

class NodeLifecycle {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf('node-controller');
  readonly #recorder: EventRecorder;
  readonly #taintRecorder: EventRecorder;
  /** By node with NoExecute taints: when each Pod, by uid, was first met there. */
  readonly #met = new Map<string, ReadonlyMap<string, number>>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, 'node-controller');
    this.#taintRecorder = recorderOf(context, 'taint-eviction-controller');
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { name } = splitKey(key);
    const entry = registry.get(nodes, '', name);
    if (entry === undefined) {
      this.#met.delete(name);
      return undefined;
    }
    const node = entry.object<Node>();
    const taints = await this.#taint(entry, node);
    const ready = node.status?.conditions?.find((one) => one.type === 'Ready');
    if (ready !== undefined && ready.status !== 'True') await this.#markNotReady(name);
    return this.#evict(name, taints);
  }

  /** True while at least one node is ready. */
  #anyReady(): boolean {
    for (const entry of this.#context.registry.entries(nodes)) {
      if (this.#context.nodes.of(entry).ready === 'True') return true;
    }
    return false;
  }

  async #taint(entry: Entry, node: Node): Promise<Node['spec']['taints']> {
    const { registry, clock } = this.#context;
    const evicts = this.#anyReady();
    const taints = nodeTaints(node, evicts, clock.now());
    if (sameJson(taints, node.spec.taints ?? [])) return taints;
    try {
      await registry.modify<Node>(
        nodes,
        '',
        entry.name,
        (now) => {
          const list = nodeTaints(now, evicts, clock.now());
          if (list.length > 0) now.spec.taints = list;
          else delete now.spec.taints;
        },
        this.#writer,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return taints;
  }

  /** API: Pods of a node that does not answer are not ready, so that no Service sends anything there. */
  async #markNotReady(node: string): Promise<void> {
    const { registry, pods: facts, clock } = this.#context;
    const wrong = registry.podsOnNode(node).filter((pod) => facts.of(pod).ready);
    await Promise.all(
      wrong.map(async (entry) => {
        const change = (pod: Pod): void => {
          const ready = pod.status?.conditions?.find((one) => one.type === 'Ready');
          if (ready?.status !== 'True') return;
          ready.status = 'False';
          ready.lastTransitionTime = timestamp(clock.now());
        };
        await this.#status(entry, change);
        const about = entry.object<Pod>();
        this.#recorder.record({ about, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
      }),
    );
  }

  async #status(entry: Entry, change: (pod: Pod) => void): Promise<void> {
    try {
      await this.#context.registry.modify<Pod>(
        pods,
        entry.namespace,
        entry.name,
        (pod) => {
          if (pod.metadata.uid === entry.uid) change(pod);
        },
        { ...this.#writer, subresource: 'status' },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #evict(node: string, taints: Node['spec']['taints']): Promise<Again> {
    const { registry, clock, pods: facts } = this.#context;
    if (taints?.some((taint) => taint.effect === 'NoExecute') !== true) {
      this.#met.delete(node);
      return undefined;
    }
    const before = this.#met.get(node);
    const met = new Map<string, number>();
    this.#met.set(node, met);
    let soonest: number | undefined;
    const leaving: Entry[] = [];
    for (const entry of registry.podsOnNode(node)) {
      if (facts.of(entry).deleting) continue;
      const seen = before?.get(entry.uid) ?? clock.now();
      met.set(entry.uid, seen);
      const due = evictionTime(taints, entry.object<Pod>().spec.tolerations ?? [], clock.now(), seen);
      if (due === undefined) continue;
      if (due <= clock.now()) leaving.push(entry);
      else soonest = Math.min(soonest ?? due, due);
    }
    await Promise.all(leaving.map((entry) => this.#remove(entry)));
    return soonest === undefined ? undefined : Math.max(1, soonest - clock.now());
  }

  async #remove(entry: Entry): Promise<void> {
    const { registry, clock } = this.#context;
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    };
    await this.#status(entry, (pod) => setPodCondition(pod, condition, clock.now()));
    this.#taintRecorder.record({
      about: entry.object<Pod>(),
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${keyOf(entry)}`,
    });
    try {
      const options = { ...this.#writer, preconditions: { uid: entry.uid } };
      await registry.delete(pods, entry.namespace, entry.name, options);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

/** The first node that is ready again ends the truce for all others; beyond that each node is its own matter. */
function* nodeKeys(context: ControllerContext, change: Change): Iterable<string> {
  if (change.type === 'DELETED') return;
  yield keyOf(change.entry);
  const isReady = (entry: Entry | undefined): boolean =>
    entry !== undefined && context.nodes.of(entry).ready === 'True';
  if (isReady(change.entry) === isReady(change.previous)) return;
  for (const entry of context.registry.entries(nodes)) {
    const { ready, taints } = context.nodes.of(entry);
    if (ready === undefined || ready === 'True') continue;
    const marked = taints.some((taint) => taint.effect === 'NoExecute');
    if (!marked) yield keyOf(entry);
  }
}

/** A Pod that comes to a node Pods must leave. */
function* podKeys(context: ControllerContext, change: Change): Iterable<string> {
  if (change.type === 'DELETED') return;
  const { node } = context.pods.of(change.entry);
  if (node === '' || (change.previous !== undefined && context.pods.of(change.previous).node === node)) return;
  const entry = context.registry.get(nodes, '', node);
  if (entry === undefined) return;
  const { ready, taints } = context.nodes.of(entry);
  if (ready !== 'True' || taints.some((taint) => taint.effect === 'NoExecute')) yield keyOf(entry);
}

/** Watches over nodes. Ready=Unknown itself is written by who holds the link to them. */
export function createNodeLifecycleController(context: ControllerContext): Part {
  const controller = new NodeLifecycle(context);
  return createController({
    name: 'node-lifecycle',
    context,
    interests: [
      { ref: nodes, keys: (change) => nodeKeys(context, change) },
      { ref: pods, keys: (change) => podKeys(context, change) },
    ],
    initial: () => allKeys(context, nodes),
    reconcile: (key) => controller.reconcile(key),
    workers: 64,
  });
}
