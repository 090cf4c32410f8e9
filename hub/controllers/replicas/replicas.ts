/** ReplicaSets and ReplicationControllers: keeps as many Pods of a template as are wanted. */
import type { KubeObject, LabelSelector } from '../../api/object.ts';
import type { PodTemplateSpec } from '../../api/pod.ts';
import { replicaSets, replicationControllers, type ResourceRef } from '../../api/resource.ts';
import { type LabelMatcher, labelSelectorMatcher } from '../../api/selector.ts';
import type { ReplicaSetStatus } from '../../api/workload.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';
import { isEnding } from '../namespaces/ending.ts';
import { claimPods, ownedPods } from '../owned-pods.ts';
import { PodControl } from '../pod-control.ts';
import { podInterest } from '../pod-interest.ts';
import { podFromTemplate } from '../pod-template.ts';
import { writeStatus } from '../write-status.ts';
import { chooseForRemoval } from './removal-order.ts';
import { replicaStatus, untilAvailable } from './status.ts';

/** How the two kinds differ. */
interface Replicated {
  readonly ref: ResourceRef;
  readonly kind: string;
  readonly name: string;
  readonly account: string;
  readonly selector: (spec: KubeObject['spec']) => LabelSelector | undefined;
  readonly countsTerminating: boolean;
}

interface Spec {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly template?: PodTemplateSpec;
}

/** API: burstReplicas: made or removed at most in one go. */
const burst = 500;
type Failure = { reason: 'FailedCreate' | 'FailedDelete'; message: string };

class Replicas {
  readonly #kind: Replicated;
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions;
  readonly #pods: PodControl;

  constructor(kind: Replicated, context: ControllerContext) {
    this.#kind = kind;
    this.#context = context;
    this.#writer = writerOf(kind.account);
    this.#pods = new PodControl(context.registry, this.#writer, recorderOf(context, kind.account));
  }

  async reconcile(key: string): Promise<Again> {
    const { registry, pods: facts, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const entry = registry.get(this.#kind.ref, namespace, name);
    if (entry === undefined) return undefined;
    const object = entry.object();
    const spec = object.spec as Spec;
    const claimed = await this.#claim(entry, object);
    let failure: Failure | undefined;
    let more = false;
    if (object.metadata.deletionTimestamp === undefined) {
      const active = claimed.filter((pod) => facts.of(pod).active);
      const missing = (spec.replicas ?? 1) - active.length;
      if (missing > 0) failure = await this.#create(object, spec, Math.min(missing, burst));
      else if (missing < 0) failure = await this.#remove(object, active, Math.min(-missing, burst));
      more = Math.abs(missing) > burst;
    }
    await this.#writeStatus(entry, failure);
    if (failure !== undefined) throw new Error(failure.message);
    if (more) return isEnding(registry, namespace) ? undefined : 0;
    const minReady = spec.minReadySeconds ?? 0;
    return minReady === 0
      ? undefined
      : untilAvailable(
          ownedPods(this.#context, entry).map((pod) => facts.of(pod)),
          minReady,
          clock.now(),
        );
  }

  #labels(object: KubeObject): LabelMatcher {
    return labelSelectorMatcher(this.#kind.selector(object.spec));
  }

  #claim(entry: Entry, object: KubeObject): Promise<readonly Entry[]> {
    const { pods: facts } = this.#context;
    const adopts = (pod: Entry): boolean => facts.of(pod).active;
    const labels = this.#labels(object);
    return claimPods(this.#context, { entry, owner: object, writer: this.#writer, labels, adopts });
  }

  async #create(object: KubeObject, spec: Spec, count: number): Promise<Failure | undefined> {
    const slots = Array.from({ length: count });
    const message = await this.#pods.createAll(object, slots, () => podFromTemplate(spec.template, object));
    return message === undefined ? undefined : { reason: 'FailedCreate', message };
  }

  async #remove(object: KubeObject, active: readonly Entry[], count: number): Promise<Failure | undefined> {
    const { pods: facts, clock } = this.#context;
    const crowds = this.#crowds(object, active);
    const candidates = active.map((entry) => {
      const known = facts.of(entry);
      return { entry, facts: known, crowd: crowds.get(known.node) ?? 0 };
    });
    const chosen = chooseForRemoval(candidates, count, clock.now());
    const message = await this.#pods.removeAll(
      object,
      chosen.map(({ entry }) => entry),
    );
    return message === undefined ? undefined : { reason: 'FailedDelete', message };
  }

  /** How many active Pods each node has of all ReplicaSets with the same owner. */
  #crowds(object: KubeObject, active: readonly Entry[]): Map<string, number> {
    const { registry, pods: facts } = this.#context;
    const above = object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
    const related =
      above === undefined
        ? active
        : registry
            .dependents(above)
            .filter((one) => one.info.resource === this.#kind.ref.resource)
            .flatMap((one) => registry.dependents(one.uid).filter((pod) => pod.info.resource === 'pods'));
    const crowds = new Map<string, number>();
    for (const entry of related) {
      const { node, active: counted } = facts.of(entry);
      if (counted) crowds.set(node, (crowds.get(node) ?? 0) + 1);
    }
    return crowds;
  }

  async #writeStatus(before: Entry, failure: Failure | undefined): Promise<void> {
    const { registry, pods: facts, clock } = this.#context;
    const entry = registry.get(this.#kind.ref, before.namespace, before.name);
    if (entry === undefined || entry.uid !== before.uid) return;
    const object = before.object();
    const spec = object.spec as Spec;
    const labels = this.#labels(object);
    const status = replicaStatus({
      pods: ownedPods(this.#context, entry)
        .filter((pod) => labels.matches(pod.labels))
        .map((pod) => ({ facts: facts.of(pod), labels: pod.labels })),
      templateLabels: spec.template?.metadata?.labels ?? {},
      minReadySeconds: spec.minReadySeconds ?? 0,
      generation: object.metadata.generation,
      before: entry.object().status as ReplicaSetStatus | undefined,
      failure,
      now: clock.now(),
      countsTerminating: this.#kind.countsTerminating,
    });
    const { namespace, name, uid } = entry;
    await writeStatus(registry, { ref: this.#kind.ref, namespace, name, uid }, status, this.#writer);
  }
}

function create(kind: Replicated, context: ControllerContext): Part {
  const replicas = new Replicas(kind, context);
  const selectorOf = (entry: Entry) => kind.selector(entry.object().spec);
  return createController({
    name: kind.name,
    context,
    interests: [own(kind.ref), podInterest({ context, ref: kind.ref, kind: kind.kind, selectorOf })],
    initial: () => allKeys(context, kind.ref),
    reconcile: (key) => replicas.reconcile(key),
    workers: 16,
  });
}

/** Keeps the Pods of ReplicaSets. */
export function createReplicaSetController(context: ControllerContext): Part {
  return create(
    {
      ref: replicaSets,
      kind: 'ReplicaSet',
      name: 'replicaset',
      account: 'replicaset-controller',
      selector: (spec) => (spec as { selector?: LabelSelector }).selector,
      countsTerminating: true,
    },
    context,
  );
}

/** Keeps the Pods of ReplicationControllers. */
export function createReplicationControllerController(context: ControllerContext): Part {
  return create(
    {
      ref: replicationControllers,
      kind: 'ReplicationController',
      name: 'replicationcontroller',
      account: 'replication-controller',
      selector: (spec) => ({ matchLabels: (spec as { selector?: Record<string, string> }).selector ?? {} }),
      countsTerminating: false,
    },
    context,
  );
}
