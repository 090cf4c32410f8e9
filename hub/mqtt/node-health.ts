/** Node health: a node whose link is gone is Ready=Unknown within two seconds; the node itself says when it is ready again. */
import { isNotFound } from '../api/errors.ts';
import type { Node } from '../api/node.ts';
import { nodes } from '../api/resource.ts';
import type { User } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { WorkQueue } from '../base/work-queue.ts';
import type { Entry, Registry } from '../registry/registry.ts';
import { unknownConditions } from './node-report.ts';
import type { Sessions } from './sessions.ts';

/** What node health is made of. Times in milliseconds. */
export interface NodeHealthOptions {
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a node may be without a session before it is Unknown: long enough for a takeover. 700 unless said. */
  readonly patience?: number;
  /** How long nodes have to (re)connect after the hub or its broker came up. 40,000 unless said. */
  readonly grace?: number;
}

/** While nodes keep returning, the grace is prolonged by this, up to three times the grace. */
const lull = 5000;

/** A session that lasted so many milliseconds has received the answer to its sync. */
const settled = 30_000;

const writer: User = { name: 'system:node-controller', groups: ['system:masters'] };

/** INVARIANTS: a node with a session is never marked; Unknown is written once, and what others wrote since is known by revision. */
export class NodeHealth {
  readonly #options: NodeHealthOptions;
  readonly #queue: WorkQueue;
  /** The revision at which each node went away, until it is back for good. */
  readonly #away = new Map<string, number>();
  #unsubscribe: (() => void) | undefined;
  #cancel: (() => void) | undefined;
  #lastReturn = 0;

  constructor(options: NodeHealthOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#queue = new WorkQueue({ name: 'node-health', handle: (node) => this.#mark(node), clock, log, workers: 64 });
    options.sessions.listen({
      online: ({ node, epoch }) => {
        this.#lastReturn = clock.now();
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
    const { registry, sessions, grace = 40_000 } = this.#options;
    this.#unsubscribe = registry.subscribe(nodes, ({ type, entry }) => {
      if (type === 'DELETED') this.#away.delete(entry.name);
      else if (type === 'ADDED' && sessions.get(entry.name) === undefined) this.#queue.addAfter(entry.name, grace);
    });
    this.expectAll();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#unsubscribe?.();
    await this.#queue.stop();
  }

  /** Nothing is known of any node: those that do not connect within the grace become Unknown. */
  expectAll(): void {
    const { clock, grace = 40_000 } = this.#options;
    this.#cancel?.();
    this.#lastReturn = 0;
    const end = clock.now() + 3 * grace;
    const look = (): void => {
      const busy = clock.now() - this.#lastReturn < lull && clock.now() < end;
      if (busy) this.#cancel = clock.after(lull, look);
      else this.#markMissing();
    };
    this.#cancel = clock.after(grace, look);
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

  #markMissing(): void {
    for (const entry of this.#options.registry.entries(nodes)) {
      if (this.#options.sessions.get(entry.name) === undefined && !isUnknown(entry)) this.#queue.add(entry.name);
    }
  }

  async #mark(node: string): Promise<undefined> {
    const { registry, sessions, clock, log } = this.#options;
    if (sessions.get(node) !== undefined) return;
    const entry = registry.get(nodes, '', node);
    if (entry === undefined || isUnknown(entry)) return;
    try {
      await registry.modify<Node>(
        nodes,
        '',
        node,
        (object) => {
          const conditions = unknownConditions(object.status?.conditions, clock.now());
          if (conditions !== undefined) object.status = { ...object.status, conditions };
        },
        { user: writer, manager: 'coracle-hub', subresource: 'status' },
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
