/** The hub's end of the link: takes messages from the broker, checks them at the door, and hands them to their rooms. */
import { type Check, WireError } from '../api/guard.ts';
import type {
  HubMessage,
  ReportMessage,
  SessionMessage,
  StreamRequest,
  SyncMessage,
  UsageMessage,
} from '../api/link.ts';
import type { Node } from '../api/node.ts';
import type { Pod } from '../api/pod.ts';
import { parseQuantity } from '../api/quantity.ts';
import { reportCheck, sessionCheck, syncCheck, usageCheck } from '../api/link-guards.ts';
import { decode, encode } from '../api/payload.ts';
import { nodes } from '../api/resource.ts';
import { hubTopic, nodeTopic, type Uplink, uplinks } from '../api/topics.ts';
import type { Clock } from '../base/clock.ts';
import type { Collector } from '../base/metrics.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import type { Registry } from '../registry/registry.ts';
import type { Broker } from './broker/broker.ts';
import { Intake } from './intake/intake.ts';
import { MirrorPods } from './mirror/mirror-pods.ts';
import { NodeHealth } from './health/node-health.ts';
import { NodeLeases } from './health/node-lease.ts';
import { nodeMetrics } from './usage/node-metrics.ts';
import { Policies } from './policies/policies.ts';
import { ServiceStream } from './sync/service-stream.ts';
import { type Session, Sessions } from './sessions.ts';
import { Sync } from './sync/sync.ts';
import { Usage } from './usage/usage.ts';

/** What the link is made of. Start it before the broker, stop it after. */
export interface NodeLinkOptions {
  readonly broker: Broker;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  /** A new random name (a UUID). */
  readonly newId: () => string;
  /** Makes a Pod what the API would make of its JSON, in place; throws when it is none. */
  readonly conform: (pod: Pod) => void;
  /** True for nodes that were removed: a broker that is not the hub's own lets them in. */
  readonly removed?: (node: string) => boolean;
  /** Milliseconds; see NodeHealthOptions. */
  readonly patience?: number;
  readonly grace?: number;
}

/** The largest a node's message may inflate to, in bytes. */
const uplinkLimit = 8 * 1024 * 1024;

/** The link, seen from the hub. */
export class NodeLink implements Part {
  readonly name = 'node-link';
  readonly usage: Usage;
  readonly #options: NodeLinkOptions;
  readonly #sessions: Sessions;
  readonly #sync: Sync;
  readonly #intake: Intake;
  readonly #health: NodeHealth;
  readonly #mirrors: MirrorPods;
  readonly #leases: NodeLeases;
  readonly #services: ServiceStream;
  readonly #policies: Policies;
  readonly #received = new Map(uplinks.map((topic) => [topic, { messages: 0, bytes: 0 }]));
  #dropped = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(options: NodeLinkOptions) {
    this.#options = options;
    const { broker, registry, clock, log } = options;
    const sessions = new Sessions({ clock, log });
    this.#sessions = sessions;
    this.usage = new Usage({ clock });
    sessions.listen({ offline: (node) => this.usage.silence(node) });
    this.#leases = new NodeLeases({ registry, sessions, clock, log });
    this.#services = new ServiceStream({ broker, registry, clock, stream: options.newId() });
    this.#health = new NodeHealth({ ...options, sessions });
    this.#mirrors = new MirrorPods({ registry, sessions, clock, log, conform: options.conform });
    this.#intake = new Intake({
      registry,
      sessions,
      clock,
      log,
      acknowledge: (node, epoch, sequence) => this.#sync.acknowledge(node, epoch, sequence),
      askNode: (node) => this.#sync.restateNode(node),
      statics: (node, reported) => this.#mirrors.take(node, reported),
      nodeReported: (node) => void this.#leases.ensure(node),
    });
    this.#policies = new Policies({ registry, clock, changed: (node, key) => this.#sync.changed(node, key) });
    this.#sync = new Sync({
      broker,
      registry,
      sessions,
      services: this.#services,
      policies: this.#policies,
      log,
      reporting: (uid) => this.#intake.reporting(uid),
      restate: (node) => this.#health.restate(node),
    });
    broker.onUplink((node, topic, payload) => this.#take(node, topic, payload));
    broker.onReady(() => this.#ready());
    broker.onLost(() => this.#lost());
  }

  start(): void {
    this.#services.start();
    this.#policies.start();
    this.#sync.start();
    this.#health.start();
    this.#mirrors.start();
    this.#unsubscribe = this.#options.registry.subscribe(nodes, ({ type, entry }) => {
      if (type !== 'DELETED') return;
      this.usage.forget(entry.name);
      this.#leases.forget(entry.name);
    });
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#services.stop();
    this.#policies.stop();
    this.#sync.stop();
    await this.#health.stop();
    await this.#intake.settled();
    await this.#mirrors.stop();
  }

  /** The newest session of a node, when it is connected. */
  session(node: string): Session | undefined {
    return this.#sessions.get(node);
  }

  /** What nodes are and tell, and what came over the link, for Prometheus. */
  readonly metrics: Collector = (into) => {
    into.family('coracle_link_received_messages_total', 'counter', 'Messages of nodes.');
    for (const [topic, { messages }] of this.#received) into.sample(messages, { topic });
    into.family('coracle_link_received_bytes_total', 'counter', 'Payloads of nodes as they came, mostly deflated.');
    for (const [topic, { bytes }] of this.#received) into.sample(bytes, { topic });
    into.family('coracle_link_dropped_messages_total', 'counter', 'Messages that were not what they should be.');
    into.sample(this.#dropped);
    return nodeMetrics({
      nodes: () => this.#nodeNames(),
      connected: (node) => this.#sessions.get(node) !== undefined,
      usage: (node) => this.usage.of(node),
    })(into);
  };

  *#nodeNames(): Iterable<string> {
    for (const entry of this.#options.registry.entries(nodes)) yield entry.name;
  }

  /** Shares of processor and memory a connected node says are in use, 0 to 1: for scheduling by load. */
  load(node: string): { cpu: number; memory: number } | undefined {
    const capacity = this.#options.registry.get(nodes, '', node)?.object<Node>().status?.capacity?.['cpu'];
    const cores = parseQuantity(capacity ?? '') ?? 0;
    return cores > 0 ? this.usage.load(node, cores) : undefined;
  }

  /** Asks a node for a stream; false when the node is not connected. */
  request(node: string, request: StreamRequest): Promise<boolean> {
    if (this.#sessions.get(node) === undefined) return Promise.resolve(false);
    return this.#options.broker.publish(nodeTopic(node, 'request'), encode(request));
  }

  /** When a node was last known to live (Unix milliseconds): spec.renewTime of its Lease. */
  leaseRenewTime(node: string): number | undefined {
    return this.#leases.renewTime(node);
  }

  /** Behind an external broker nodes stay connected while the hub was away: they are asked to begin anew. */
  #ready(): void {
    if (!this.#options.broker.external) return;
    const hub = this.#options.newId();
    this.#lost();
    this.#services.restart(hub);
    const message: HubMessage = { hub };
    void this.#options.broker.publish(hubTopic, encode(message));
  }

  /** No node is heard: those that are not within the grace become Unknown. */
  #lost(): void {
    for (const { node } of this.#sessions.all()) {
      this.usage.silence(node);
      this.#leases.lost(node);
    }
    this.#sessions.clear();
    this.#sync.clear();
    this.#mirrors.clear();
    this.#health.expectAll();
  }

  /** A node was removed, or joined anew: its session ends. */
  revoke(node: string): void {
    this.#sessions.end(node);
    this.#options.broker.disconnect(node);
  }

  #take(node: string, topic: Uplink, payload: Buffer): void {
    if (this.#options.removed?.(node) === true) return;
    const received = this.#received.get(topic);
    if (received !== undefined) {
      received.messages++;
      received.bytes += payload.length;
    }
    try {
      this.#dispatch(node, topic, payload);
    } catch (error) {
      this.#dropped++;
      const wire = error instanceof WireError;
      this.#options.log[wire ? 'warn' : 'error']({ node, topic, error: String(error) }, 'dropped a message of a node');
    }
  }

  #dispatch(node: string, topic: Uplink, payload: Buffer): void {
    const read = <T>(check: Check): T => decode<T>(payload, check, uplinkLimit);
    switch (topic) {
      case 'session':
        return this.#sessions.take(node, read<SessionMessage>(sessionCheck));
      case 'sync':
        return this.#sync.answer(node, read<SyncMessage>(syncCheck));
      case 'report':
        return this.#intake.take(node, read<ReportMessage>(reportCheck));
      case 'usage':
        return this.usage.take(node, read<UsageMessage>(usageCheck));
    }
  }
}
