/**
 * What every node's network is made of (Services, EndpointSlices, where the nodes are): one numbered stream of changes on
 * `cluster/services`.
 */
import { heldKey } from '../../api/held-key.ts';
import type { ObjectKey } from '../../api/link.ts';
import { nodeNetworkKey } from '../../api/node-network.ts';
import { pack } from '../../api/payload.ts';
import { endpointSlices, nodes, type ResourceRef, services } from '../../api/resource.ts';
import { servicesTopic } from '../../api/topics.ts';
import type { Clock } from '../../base/clock.ts';
import type { Entry, Registry } from '../../registry/registry.ts';
import type { Broker } from '../broker/broker.ts';
import { projectNodeNetwork } from './node-network.ts';
import { type Projection, project, versionOf } from './projection.ts';

/** Milliseconds between two messages of endpoints and nodes: they change in bursts, and every node gets them all. */
const gather = 250;
/** Milliseconds until the first message after a pause goes: what changes together is written together. */
const first = 10;
/** The same for Services, whenever: few, and a Pod made right behind one is to find it in its environment. */
const gatherServices = 5;

const messageSize = 256 * 1024;

/** INVARIANTS: sequences count up by one within a stream; a stream is one life of the hub's connection to its broker. */
export class ServiceStream {
  readonly #broker: Broker;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #pending = new Map<ObjectKey, { readonly ref: ResourceRef; namespace: string; name: string }>();
  readonly #unsubscribe: (() => void)[] = [];
  #cancel: (() => void) | undefined;
  /** When what is pending goes, and when the last message went; in the clock's time. */
  #due = 0;
  #sent = 0;
  #stream: string;
  #sequence = 0;

  constructor(options: { broker: Broker; registry: Registry; clock: Clock; stream: string }) {
    this.#broker = options.broker;
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#stream = options.stream;
  }

  start(): void {
    for (const ref of [services, endpointSlices]) {
      this.#unsubscribe.push(
        this.#registry.subscribe(ref, ({ type, entry, previous }) => {
          if (type === 'MODIFIED' && previous?.revision === entry.revision) return;
          this.#add(ref, entry);
        }),
      );
    }
    this.#unsubscribe.push(
      this.#registry.subscribe(nodes, ({ type, entry, previous }) => {
        if (type === 'MODIFIED' && previous !== undefined && streamed(previous).version === streamed(entry).version)
          return;
        this.#add(nodes, entry);
      }),
    );
  }

  stop(): void {
    this.#cancel?.();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Begins a stream anew: what was sent before may be lost. */
  restart(stream: string): void {
    this.#stream = stream;
    this.#sequence = 0;
  }

  /** What has been sent, or is contained in anything read from the registry now. */
  get position(): { stream: string; sequence: number } {
    return { stream: this.#stream, sequence: this.#sequence };
  }

  /** The version of everything in the stream, by key. */
  *versions(): Iterable<[ObjectKey, string]> {
    for (const ref of [services, endpointSlices]) {
      for (const entry of this.#registry.entries(ref)) yield [keyOf(entry), versionOf(entry)];
    }
    for (const entry of this.#registry.entries(nodes)) yield [keyOf(entry), streamed(entry).version];
  }

  #add(ref: ResourceRef, entry: Entry): void {
    const { namespace, name } = entry;
    this.#pending.set(keyOf(entry), { ref, namespace, name });
    this.#arm(ref === services);
  }

  #arm(hurry: boolean): void {
    const now = this.#clock.now();
    const due = hurry ? now + gatherServices : Math.max(now + first, this.#sent + gather);
    if (this.#cancel !== undefined && this.#due <= due) return;
    this.#cancel?.();
    this.#due = due;
    this.#cancel = this.#clock.after(due - now, () => this.#flush());
  }

  #flush(): void {
    this.#cancel = undefined;
    this.#sent = this.#clock.now();
    let upserts: Buffer[] = [];
    let deletions: ObjectKey[] = [];
    let size = 0;
    const close = (): void => {
      const head = `{"stream":${JSON.stringify(this.#stream)},"sequence":${++this.#sequence},"deletions":${JSON.stringify(deletions)},"upserts":[`;
      void this.#broker.publish(servicesTopic, pack(Buffer.from(`${head}${upserts.join(',')}]}`)));
      upserts = [];
      deletions = [];
      size = 0;
    };
    for (const [key, { ref, namespace, name }] of this.#pending) {
      const entry = this.#registry.get(ref, namespace, name);
      if (entry === undefined) deletions.push(key);
      else upserts.push(streamed(entry).bytes);
      size += key.length + (upserts.at(-1)?.length ?? 0);
      if (size >= messageSize) close();
    }
    this.#pending.clear();
    if (size > 0) close();
  }
}

/** What the stream carries of an entry: of a Node only what other nodes need. */
function streamed(entry: Entry): Projection {
  return entry.info.resource === 'nodes' ? projectNodeNetwork(entry) : project(entry);
}

function keyOf(entry: Entry): ObjectKey {
  if (entry.info.resource === 'nodes') return nodeNetworkKey(entry.name);
  return heldKey({
    apiVersion: '',
    kind: entry.info.kind,
    metadata: { namespace: entry.namespace, name: entry.name },
  }) as ObjectKey;
}
