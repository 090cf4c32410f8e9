/** DaemonSets: one Pod on every node that wants one, renewed node by node when the template changes. */
import type { Pod, PodSpec } from '../../api/pod.ts';
import { daemonSets, nodes } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import { type DaemonSet, templateGenerationAnnotation } from '../../api/workload.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, own, relabelled, splitKey } from '../controller.ts';
import { currentRevision, type HistoryOptions, revisionHashLabel, trimHistory } from '../history.ts';
import { claimPods, ownedPods } from '../owned-pods.ts';
import { PodControl } from '../pod-control.ts';
import { podInterest } from '../pod-interest.ts';
import { podFromTemplate } from '../pod-template.ts';
import { isEnding } from '../namespaces/ending.ts';
import { untilAvailable } from '../replicas/status.ts';
import { writeStatus } from '../write-status.ts';
import { belongs, pinTo, targetNode, withDaemonTolerations } from './placement.ts';
import { type DaemonNode, type DaemonPlan, type DaemonPod, daemonStatus, placementPlan, updatePlan } from './plan.ts';

const account = 'daemon-set-controller';
/** API: burstReplicas. */
const burst = 250;

class DaemonSets {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #recorder: EventRecorder;
  readonly #pods: PodControl;
  /** Where a Pod belongs, by state of the Pod: read once. */
  readonly #targets = new WeakMap<Entry, string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, 'daemonset-controller');
    this.#pods = new PodControl(context.registry, this.#writer, this.#recorder);
  }

  async reconcile(key: string): Promise<Again> {
    const { registry, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const entry = registry.get(daemonSets, namespace, name);
    const set = entry?.object<DaemonSet>();
    if (entry === undefined || set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
    const history = this.#history(set);
    const revisions = await currentRevision(history);
    if (revisions === undefined) return this.#collided(set);
    const hash = revisions.current.metadata.labels?.[revisionHashLabel] ?? '';
    await this.#claim(entry, set);
    const trouble = await this.#carryOut(set, hash, placementPlan(set, this.#nodes(set, entry, hash), clock.now()));
    const updateTrouble =
      trouble ?? (await this.#carryOut(set, hash, updatePlan(set, this.#nodes(set, entry, hash), clock.now())));
    const state = this.#nodes(set, entry, hash);
    const used = new Set(state.flatMap((node) => node.pods.map((pod) => pod.ref.labels[revisionHashLabel])));
    await trimHistory(history, revisions, set.spec.revisionHistoryLimit ?? 10, (revision) =>
      used.has(revision.metadata.labels?.[revisionHashLabel]),
    );
    await this.#writeStatus(entry, set, state);
    if (updateTrouble !== undefined) throw new Error(updateTrouble);
    return this.#again(set, state);
  }

  #again(set: DaemonSet, state: readonly DaemonNode<Entry>[]): Again {
    const facts = state.flatMap((node) => node.pods.map((pod) => pod.facts));
    const now = this.#context.clock.now();
    const more = placementPlan(set, state, now);
    if (more.create.length > 0 && !isEnding(this.#context.registry, set.metadata.namespace ?? '')) return 0;
    return untilAvailable(facts, set.spec.minReadySeconds ?? 0, now);
  }

  #history(set: DaemonSet): HistoryOptions {
    return {
      registry: this.#context.registry,
      writer: this.#writer,
      owner: set,
      template: set.spec.template,
      collisionCount: set.status?.collisionCount,
      hashLabel: revisionHashLabel,
    };
  }

  async #collided(set: DaemonSet): Promise<Again> {
    await this.#context.registry.modify<DaemonSet>(
      daemonSets,
      set.metadata.namespace ?? '',
      set.metadata.name ?? '',
      (now) => {
        const zero = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
        now.status = { ...zero, ...now.status, collisionCount: (now.status?.collisionCount ?? 0) + 1 };
      },
      { ...this.#writer, subresource: 'status' },
    );
    return undefined;
  }

  async #claim(entry: Entry, set: DaemonSet): Promise<void> {
    const labels = labelSelectorMatcher(set.spec.selector);
    await claimPods(this.#context, { entry, owner: set, writer: this.#writer, labels });
  }

  #target(entry: Entry): string {
    let target = this.#targets.get(entry);
    if (target === undefined) {
      target = targetNode(entry.object<Pod>()) ?? '';
      this.#targets.set(entry, target);
    }
    return target;
  }

  /** Every node, and the Pods of the set on it. */
  #nodes(set: DaemonSet, entry: Entry, hash: string): DaemonNode<Entry>[] {
    const { registry, pods: facts } = this.#context;
    const labels = labelSelectorMatcher(set.spec.selector);
    const byNode = new Map<string, DaemonPod<Entry>[]>();
    for (const pod of ownedPods(this.#context, entry)) {
      if (!labels.matches(pod.labels)) continue;
      const target = this.#target(pod);
      const list = byNode.get(target) ?? [];
      list.push({ ref: pod, facts: facts.of(pod), updated: pod.labels[revisionHashLabel] === hash });
      byNode.set(target, list);
    }
    const template = set.spec.template.spec ?? { containers: [] };
    const spec: PodSpec = { ...template, tolerations: withDaemonTolerations(template) };
    const result: DaemonNode<Entry>[] = [];
    for (const node of registry.entries(nodes)) {
      const { name, labels: nodeLabels } = node;
      const { taints } = this.#context.nodes.of(node);
      result.push({ name, ...belongs(spec, { name, labels: nodeLabels, taints }), pods: byNode.get(name) ?? [] });
    }
    return result;
  }

  async #carryOut(set: DaemonSet, hash: string, plan: DaemonPlan<Entry>): Promise<string | undefined> {
    for (const { pod, node, why } of plan.remove) {
      if (why === undefined) continue;
      const reason = why === 'Failed' ? 'FailedDaemonPod' : 'SucceededDaemonPod';
      const type = why === 'Failed' ? 'Warning' : 'Normal';
      const where = `${pod.ref.namespace}/${pod.ref.name} on node ${node}`;
      const message =
        why === 'Failed'
          ? `Found failed daemon pod ${where}, will try to kill it`
          : `Found succeeded daemon pod ${where}, will try to delete it`;
      this.#recorder.record({ about: set, type, reason, message });
    }
    const doomed = plan.remove.slice(0, burst).map(({ pod }) => pod.ref);
    const created = await this.#pods.createAll(set, plan.create.slice(0, burst), (node) => this.#pod(set, hash, node));
    const removed = await this.#pods.removeAll(set, doomed);
    return created ?? removed;
  }

  #pod(set: DaemonSet, hash: string, node: string): Pod {
    const pod = podFromTemplate(set.spec.template, set);
    const generation = set.metadata.annotations?.[templateGenerationAnnotation];
    pod.metadata.labels = {
      ...pod.metadata.labels,
      ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
      [revisionHashLabel]: hash,
    };
    pod.spec.tolerations = withDaemonTolerations(pod.spec);
    pinTo(pod.spec, node);
    return pod;
  }

  #writeStatus({ namespace, name, uid }: Entry, set: DaemonSet, state: readonly DaemonNode<Entry>[]): Promise<void> {
    const { registry, clock } = this.#context;
    const status = daemonStatus(set, state, clock.now());
    return writeStatus(registry, { ref: daemonSets, namespace, name, uid }, status, this.#writer);
  }
}

/** True when what a Node says about where daemons belong changed. */
function nodeMatters(context: ControllerContext, change: Change): boolean {
  if (change.type !== 'MODIFIED' || change.previous === undefined || relabelled(change)) return true;
  return !sameJson(context.nodes.of(change.previous).taints, context.nodes.of(change.entry).taints);
}

/** Keeps daemons on nodes. */
export function createDaemonSetController(context: ControllerContext): Part {
  const controller = new DaemonSets(context);
  return createController({
    name: 'daemonset',
    context,
    interests: [
      own(daemonSets),
      podInterest({
        context,
        ref: daemonSets,
        kind: 'DaemonSet',
        selectorOf: (entry) => entry.object<DaemonSet>().spec.selector,
      }),
      { ref: nodes, keys: (change) => (nodeMatters(context, change) ? allKeys(context, daemonSets) : []) },
    ],
    initial: () => allKeys(context, daemonSets),
    reconcile: (key) => controller.reconcile(key),
    workers: 4,
  });
}
