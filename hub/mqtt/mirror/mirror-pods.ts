/** Mirror Pods: what each connected node says of its static Pods, shown in the API and kept there against all others. */
import { isNotFound } from '../../api/errors.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { nodes, pods } from '../../api/resource.ts';
import { authenticatedGroup, nodesGroup, nodeUserName } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type Again, WorkQueue } from '../../base/work-queue.ts';
import type { Change, Registry, WriteOptions } from '../../registry/registry.ts';
import { isMirror, mirrorChange, mirrorOf } from './mirror-pod.ts';
import type { Sessions } from '../sessions.ts';

/** When what the API refused is tried again, in milliseconds: the name may be free by then, or the namespace there. */
const retry = 60_000;

/** What mirror Pods are kept with. */
export interface MirrorPodsOptions {
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes a Pod what the API would make of its JSON, in place; throws when it is none. */
  readonly conform: (pod: Pod) => void;
}

/**
 * INVARIANTS: a node's list is known from its report until its session ends, and only then are its mirrors touched; one
 * node's mirrors are changed one turn at a time; what the API refuses is told in the log and tried again, slowly.
 */
export class MirrorPods {
  readonly #options: MirrorPodsOptions;
  readonly #reported = new Map<string, readonly Pod[]>();
  readonly #queue: WorkQueue;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: MirrorPodsOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({ name: 'mirror-pods', handle: (node) => this.#turn(node), clock, log });
    options.sessions.listen({ offline: (node) => void this.#reported.delete(node) });
  }

  start(): void {
    const { registry } = this.#options;
    this.#unsubscribe.push(
      registry.subscribe(pods, (change) => this.#podChanged(change)),
      registry.subscribe(nodes, ({ type, entry }) => type === 'ADDED' && this.#wake(entry.name)),
    );
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#queue.stop();
  }

  /** Takes the whole list of a node. */
  take(node: string, reported: readonly Pod[]): void {
    this.#reported.set(node, reported);
    this.#queue.add(node);
  }

  /** Forgets every node: the broker lost them, who returns says it again. */
  clear(): void {
    this.#reported.clear();
  }

  #wake(node: string | undefined): void {
    if (node !== undefined && this.#reported.has(node)) this.#queue.add(node);
  }

  #podChanged({ type, entry }: Change): void {
    if (entry.node === undefined || !this.#reported.has(entry.node)) return;
    const pod = entry.object<Pod>();
    if (isMirror(pod) && (type === 'DELETED' || pod.metadata.deletionTimestamp !== undefined)) this.#wake(entry.node);
  }

  async #turn(node: string): Promise<Again> {
    const { registry } = this.#options;
    const reported = this.#reported.get(node);
    const owner = registry.get(nodes, '', node);
    if (reported === undefined || owner === undefined) return undefined;
    const mirrors = registry.podsOnNode(node).map((entry) => entry.object<Pod>());
    const change = mirrorChange(reported, mirrors.filter(isMirror));
    const write: WriteOptions = {
      user: { name: nodeUserName(node), groups: [nodesGroup, authenticatedGroup] },
      manager: 'coracle-agent',
    };
    for (const mirror of change.remove) await this.#remove(mirror, write);
    let refused = false;
    for (const pod of change.create) refused = !(await this.#create(node, mirrorOf(pod, owner), write)) || refused;
    return refused ? retry : undefined;
  }

  async #remove({ metadata }: Pod, write: WriteOptions): Promise<void> {
    const { namespace = '', name = '', uid = '' } = metadata;
    try {
      await this.#options.registry.delete(pods, namespace, name, {
        ...write,
        gracePeriodSeconds: 0,
        preconditions: { uid },
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #create(node: string, mirror: Pod, write: WriteOptions): Promise<boolean> {
    const { namespace = '', name } = mirror.metadata;
    try {
      this.#options.conform(mirror);
      await this.#options.registry.create(pods, namespace, mirror as unknown as KubeObject, write);
      return true;
    } catch (error) {
      this.#options.log.warn({ node, namespace, name, error: String(error) }, 'could not mirror a static Pod');
      return false;
    }
  }
}
