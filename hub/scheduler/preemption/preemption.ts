/** Makes room for a Pod that found none: looks for nodes where less important Pods could go, and sends those away. */
import { isConflict, isNotFound } from '../../api/errors.ts';
import type { PodDisruptionBudget } from '../../api/disruption.ts';
import type { Pod } from '../../api/pod.ts';
import { podDisruptionBudgets, pods } from '../../api/resource.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Cluster, Placed } from '../cluster.ts';
import { hasRoom } from '../filter.ts';
import { neighbourRules } from '../neighbours/neighbour-rules.ts';
import type { Neighbours } from '../neighbours/neighbours.ts';
import type { NodeRoom } from '../node-room.ts';
import type { Nominations } from './nominations.ts';
import type { PodClass } from '../pod-class.ts';
import type { NeighbourRule, RefusedNode } from '../select.ts';
import { type Budget, type Candidate, leastHarm, type Removable, victimsOn } from './victims.ts';
import { priorityOf } from '../wanted.ts';
import { writeNominationLost, writeVictim } from '../write.ts';

/** What this stands on. */
export interface PreemptionOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
  readonly cluster: Cluster;
  readonly neighbours: Neighbours;
  readonly nominations: Nominations;
  /** In [0, 1): where the search begins. */
  readonly chance: () => number;
}

/** A placed Pod that may go. */
interface Victim extends Removable {
  readonly placed: Placed;
}

/** The node found, and who goes. */
export type Found = Candidate<Victim>;

/** API: at least 100 candidates, or a tenth of the nodes. */
const leastCandidates = 100;

const preempted = { type: 'DisruptionTarget', reason: 'PreemptionByScheduler' };

/** One node on trial. */
interface Attempt {
  readonly pod: Pod;
  readonly podClass: PodClass;
  readonly node: NodeRoom;
  readonly budgets: readonly Budget[];
  readonly volumes: NeighbourRule | undefined;
}

/** The search, and its consequences. */
export class Preemption {
  readonly #options: PreemptionOptions;

  constructor(options: PreemptionOptions) {
    this.#options = options;
  }

  /** The best node to make room on, where the Pod's volumes can be had; undefined when there is none, or when it is not for `pod` to ask. */
  find(
    pod: Pod,
    podClass: PodClass,
    refused: readonly RefusedNode[],
    volumes: NeighbourRule | undefined,
  ): Found | undefined {
    const { cluster, chance } = this.#options;
    if (pod.spec.preemptionPolicy === 'Never' || !cluster.hasBelow(priorityOf(pod))) return undefined;
    const budgets = this.#budgets();
    const enough = Math.max(leastCandidates, Math.ceil(cluster.nodes.length / 10));
    const start = Math.floor(chance() * refused.length);
    const found: Found[] = [];
    for (let at = 0; at < refused.length && found.length < enough; at++) {
      const { node, refusal } = refused[(start + at) % refused.length] as RefusedNode;
      const candidate = refusal.lasting ? undefined : this.#try({ pod, podClass, node, budgets, volumes });
      if (candidate !== undefined) found.push(candidate);
    }
    return leastHarm(found);
  }

  /** True while Pods that had to go for `pod` are still on their way out: nobody else has to go for it meanwhile. */
  isMakingRoom(pod: Pod): boolean {
    const { nominations, registry } = this.#options;
    const node = nominations.of(pod.metadata.uid ?? '')?.node;
    if (node === undefined) return false;
    return registry.podsOnNode(node).some((entry) => {
      const other = entry.object<Pod>();
      const leaves = other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod);
      return leaves && other.status?.conditions?.some((one) => one.reason === preempted.reason) === true;
    });
  }

  /** Takes back what was promised on `node` to Pods of lower rank; answers their keys. */
  displace(pod: Pod, node: string): readonly string[] {
    const { nominations, registry, log } = this.#options;
    const lower = [...nominations.on(node)].filter(
      (other) => other.priority < priorityOf(pod) && other.uid !== pod.metadata.uid,
    );
    for (const { uid, key } of lower) {
      nominations.delete(uid);
      const slash = key.indexOf('/');
      writeNominationLost(registry, key.slice(0, slash), key.slice(slash + 1), uid).catch((error: unknown) =>
        log.debug({ pod: key, error: String(error) }, 'a promise could not be taken back'),
      );
    }
    return lower.map(({ key }) => key);
  }

  /** Sends the victims away, each with its grace period. */
  async carryOut(pod: Pod, found: Found): Promise<void> {
    await Promise.all(found.victims.map((victim) => this.#remove(pod, found.node, victim)));
  }

  async #remove(pod: Pod, node: string, { namespace, name, uid }: Victim): Promise<void> {
    const { registry, clock, recorder, log } = this.#options;
    try {
      const victim = registry.get(pods, namespace, name);
      if (victim === undefined || victim.uid !== uid) return;
      await writeVictim(registry, clock, victim);
      recorder.record({
        about: victim.object<Pod>(),
        type: 'Normal',
        reason: 'Preempted',
        message: `Preempted by pod ${pod.metadata.uid} on node ${node}`,
        action: 'Preempting',
      });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return;
      log.warn(
        { pod: `${namespace}/${name}`, error: String(error) },
        'a pod that had to make room could not be removed',
      );
    }
  }

  #try({ pod, podClass, node, budgets, volumes }: Attempt): Found | undefined {
    const { cluster, neighbours, nominations } = this.#options;
    const priority = priorityOf(pod);
    const lower: Victim[] = [];
    for (const placed of cluster.on(node)) if (placed.priority < priority) lower.push(this.#victim(placed));
    if (lower.length === 0) return undefined;
    const lifted = new Set<Placed>();
    const { load } = podClass;
    const uid = pod.metadata.uid ?? '';
    try {
      return victimsOn(node.name, lower, budgets, {
        lift({ placed }) {
          lifted.add(placed);
          cluster.lift(placed);
        },
        restore({ placed }) {
          lifted.delete(placed);
          cluster.restore(placed);
        },
        fits: () =>
          hasRoom(load, node) &&
          nominations.refuse({ uid, priority, load }, node) === undefined &&
          volumes?.refuse(node) === undefined &&
          neighbourRules(neighbours, pod).every((rule) => rule.refuse(node) === undefined),
      });
    } finally {
      for (const placed of lifted) cluster.restore(placed);
    }
  }

  #victim(placed: Placed): Victim {
    const { uid, namespace, name, labels, priority } = placed;
    const startTime = this.#options.registry.get(pods, namespace, name)?.object<Pod>().status?.startTime;
    // one that has not started yet is the youngest there is
    const started = Date.parse(startTime ?? '') || this.#options.clock.now();
    return { placed, uid, namespace, name, labels, priority, started };
  }

  #budgets(): Budget[] {
    const found: Budget[] = [];
    for (const entry of this.#options.registry.entries(podDisruptionBudgets)) {
      const { spec, status } = entry.object<PodDisruptionBudget>();
      const matcher = labelSelectorMatcher(spec?.selector);
      if (spec?.selector === undefined || matcher.text === '') continue;
      found.push({
        namespace: entry.namespace,
        matches: (labels) => matcher.matches(labels),
        allowed: status?.disruptionsAllowed ?? 0,
        disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
      });
    }
    return found;
  }
}
