/** Node health: a node whose link is gone is Ready=Unknown within two seconds, one that never had a link when the API hears nothing of it. */
import { isNotFound } from '../../api/errors.ts';
import { type Lease, nodeLeaseNamespace } from '../../api/lease.ts';
import type { Node } from '../../api/node.ts';
import { leases, nodes } from '../../api/resource.ts';
import { nodeControllerUser } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { WorkQueue } from '../../base/work-queue.ts';
import type { Change, Entry, Registry } from '../../registry/registry.ts';
import { unknownConditions } from '../intake/node-report.ts';
import { NodeWatch } from './node-watch.ts';
import type { Sessions } from '../sessions.ts';

/** What node health is made of. Times in milliseconds. */
export interface NodeHealthOptions {
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a node may be without a session before it is Unknown: long enough for a takeover. 700 unless said. */
  readonly patience?: number;
  /**
   * How long a node without a session may be silent towards the API, and how long nodes have to (re)connect after the hub
   * or its broker came up. API: node-monitor-grace-period, 50,000 unless said.
   */
  readonly grace?: number;
  /** The same for a Node that never said anything. API: node-startup-grace-period, 60,000 unless said. */
  readonly startup?: number;
}

/** While nodes keep returning, the grace is prolonged by this, up to three times the grace. */
const lull = 5000;

/** A session that lasted so many milliseconds has received the answer to its sync. */
const settled = 30_000;

/**
 * INVARIANTS: a node with a session is never marked; one whose link breaks is marked at once; any other node is watched
 * through its Lease and heartbeats; Unknown is written once, and what others wrote since is known by revision.
 */
export class NodeHealth {
  readonly #options: NodeHealthOptions;
  readonly #queue: WorkQueue;
  readonly #watch: NodeWatch;
  /** The revision at which each node went away, until it is back for good. */
  readonly #away = new Map<string, number>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #grace: number;
  #cancel: (() => void) | undefined;
  /** Until when the return of nodes prolongs the grace of the others. */
  #returnEnd = 0;
  #lastReturn = 0;

  constructor(options: NodeHealthOptions) {
    this.#options = options;
    const { clock, log, grace = 50_000, startup = 60_000 } = options;
    this.#grace = grace;
    this.#watch = new NodeWatch({ clock, patience: { grace, startup } });
    this.#queue = new WorkQueue({ name: 'node-health', handle: (node) => this.#mark(node), clock, log, workers: 64 });
    options.sessions.listen({
      online: ({ node, epoch }) => {
        this.#lastReturn = clock.now();
        this.#watch.forget(node);
        if (!this.#away.has(node)) return;
        clock.after(settled, () => {
          if (options.sessions.accepts(node, epoch)) this.#away.delete(node);
        });
      },
      offline: (node) => {
        if (!this.#away.has(node)) this.#away.set(node, options.registry.head().revision);
        this.#queue.addAfter(node, options.patience ?? 700);
      },
    });
  }

  start(): void {
    const { registry } = this.#options;
    this.#unsubscribe.push(
      registry.subscribe(nodes, ({ type, entry }) => this.#changed(type, entry)),
      registry.subscribe(leases, ({ type, entry }) => {
        if (type === 'DELETED' || entry.namespace !== nodeLeaseNamespace) return;
        this.#watch.renew(entry.name, entry.object<Lease>().spec?.renewTime ?? '');
      }),
    );
    this.expectAll();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    await this.#queue.stop();
  }

  /** Nothing is known of any node: those that are not heard of within the grace become Unknown. */
  expectAll(): void {
    this.#lastReturn = 0;
    this.#returnEnd = this.#options.clock.now() + 3 * this.#grace;
    for (const entry of this.#options.registry.entries(nodes)) this.#see(entry);
    this.#watch.restart();
    this.#arm();
  }

  /** What a returning node must say again: the Pods that others wrote while it was away. */
  restate(node: string): { pods: Iterable<string>; node: boolean } {
    const { registry } = this.#options;
    const away = this.#away.get(node);
    if (away === undefined) {
      const entry = registry.get(nodes, '', node);
      return { pods: entry !== undefined && isUnknown(entry) ? ['*'] : [], node: false };
    }
    const changed = registry.podsOnNode(node).filter((entry) => entry.revision > away);
    return { pods: changed.map((entry) => entry.uid), node: false };
  }

  #changed(type: Change['type'], entry: Entry): void {
    if (type === 'DELETED') {
      this.#away.delete(entry.name);
      this.#watch.forget(entry.name);
      return;
    }
    this.#see(entry);
    this.#arm();
  }

  #see(entry: Entry): void {
    if (this.#options.sessions.get(entry.name) !== undefined) return;
    if (isUnknown(entry)) this.#watch.forget(entry.name);
    else this.#watch.see(entry.name, entry.object<Node>().status);
  }

  /** One timer for all, and none while every node is connected or Unknown. */
  #arm(milliseconds = this.#grace): void {
    if (this.#cancel !== undefined || this.#watch.size === 0) return;
    this.#cancel = this.#options.clock.after(milliseconds, () => this.#look());
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#options.clock.now();
    if (now - this.#lastReturn < lull && now < this.#returnEnd) return this.#arm(lull);
    const { nodes: overdue, next } = this.#watch.takeOverdue();
    for (const node of overdue) this.#queue.add(node);
    if (next !== undefined) this.#arm(next - now);
  }

  async #mark(node: string): Promise<undefined> {
    const { registry, sessions, clock, log } = this.#options;
    if (sessions.get(node) !== undefined) return;
    const entry = registry.get(nodes, '', node);
    if (entry === undefined) this.#away.delete(node);
    if (entry === undefined || isUnknown(entry)) return;
    try {
      await registry.modify<Node>(
        nodes,
        '',
        node,
        (object) => {
          const conditions = unknownConditions(object, clock.now());
          if (conditions !== undefined) object.status = { ...object.status, conditions };
        },
        { user: nodeControllerUser, manager: 'coracle-hub', subresource: 'status' },
      );
      log.info({ node }, 'node is not heard any more');
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function isUnknown(entry: Entry): boolean {
  return entry.object<Node>().status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'Unknown';
}
