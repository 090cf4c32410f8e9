/** Sync: each connected node is sent the difference between what it holds and what its Pods need, then each change. */
import { heldDigest } from '../../api/held-digest.ts';
import { resourceOfKey } from '../../api/held-key.ts';
import type { ObjectKey, SyncMessage } from '../../api/link.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { Pod } from '../../api/pod.ts';
import {
  configMaps,
  endpointSlices,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type ResourceRef,
  runtimeClasses,
  secrets,
  services,
} from '../../api/resource.ts';
import { nodeTopic } from '../../api/topics.ts';
import type { Log } from '../../base/log.ts';
import type { Change, Entry, Registry } from '../../registry/registry.ts';
import type { Broker } from '../broker/broker.ts';
import { Needs } from './needs.ts';
import { projectNodeNetwork } from './node-network.ts';
import { Outgoing, type Resolved } from './outgoing.ts';
import type { Policies } from '../policies/policies.ts';
import { concerns, project, versionOf } from './projection.ts';
import { referencesOf } from './references.ts';
import { type Moved, ReleasingVolumes } from './releasing-volumes.ts';
import type { ServiceStream } from './service-stream.ts';
import type { Sessions } from '../sessions.ts';

/** What sync is made of. */
export interface SyncOptions {
  readonly broker: Broker;
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly services: ServiceStream;
  readonly policies: Pick<Policies, 'wanted' | 'resolve'>;
  readonly log: Log;
  /** True while the node's own report is what changes this Pod; other changes of readiness are asked to be restated. */
  readonly reporting: (uid: string) => boolean;
  /** The Pods to be reported again by a node that returns, `*` for all of them, and whether the Node is. */
  readonly restate: (node: string) => { pods: Iterable<string>; node: boolean };
  readonly messageSize?: number;
}

const named: readonly ResourceRef[] = [configMaps, secrets, runtimeClasses, persistentVolumeClaims, persistentVolumes];

/**
 * INVARIANTS: a node without a session costs nothing; from the moment `sync` is answered on, every change of what the
 * node needs is pending or sent; handlers of changes only note keys.
 */
export class Sync {
  readonly #options: SyncOptions;
  readonly #needs = new Needs((key) => this.#volumeOf(key));
  readonly #releasing = new ReleasingVolumes();
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #dirty = new Set<Outgoing>();
  readonly #unsubscribe: (() => void)[] = [];
  #scheduled = false;

  constructor(options: SyncOptions) {
    this.#options = options;
    options.sessions.listen({
      online: ({ node, epoch }) => {
        this.#drop(node);
        this.#outgoing.set(node, this.#makeOutgoing(node, epoch));
      },
      offline: (node) => this.#drop(node),
    });
  }

  start(): void {
    const { registry } = this.#options;
    this.#unsubscribe.push(registry.subscribe(pods, (change) => this.#podChanged(change)));
    this.#unsubscribe.push(registry.subscribe(nodes, (change) => this.#nodeChanged(change)));
    this.#releasing.load(registry.entries(persistentVolumes));
    this.#unsubscribe.push(
      registry.subscribe(persistentVolumes, (change) => {
        const moved = this.#releasing.take(change);
        if (moved !== undefined) this.#volumeMoved(`persistentvolumes//${change.entry.name}`, moved);
      }),
    );
    for (const ref of named) {
      this.#unsubscribe.push(registry.subscribe(ref, ({ entry }) => this.#namedChanged(ref, entry)));
    }
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.clear();
  }

  /** Forgets every session (the broker did). */
  clear(): void {
    for (const node of [...this.#outgoing.keys()]) this.#drop(node);
  }

  /** Answers a `sync` message. */
  answer(node: string, message: SyncMessage): void {
    const outgoing = this.#outgoing.get(node);
    if (outgoing === undefined || outgoing.epoch !== message.epoch || outgoing.opened) return;
    const wanted = this.#wanted(node, message.services !== false);
    if (message.digest !== undefined && message.digest !== heldDigest(Object.fromEntries(wanted))) {
      outgoing.tellHeld();
      return;
    }
    const held = message.digest === undefined ? (message.held ?? {}) : Object.fromEntries(wanted);
    for (const [key, version] of wanted) if (held[key] !== version) outgoing.add(key);
    for (const key of Object.keys(held)) if (!wanted.has(key)) outgoing.add(key);
    for (const entry of this.#options.registry.podsOnNode(node)) {
      for (const key of referencesOf(entry.object<Pod>())) this.#needs.add(node, key);
    }
    for (const key of this.#releasing.of(node)) this.#needs.add(node, key);
    const { pods: again, node: self } = this.#options.restate(node);
    outgoing.restate(again, self);
    outgoing.open(message.services === false ? undefined : this.#options.services.position);
    this.#schedule(outgoing);
  }

  /** Tells the node that everything up to this report is committed. */
  acknowledge(node: string, epoch: string, sequence: number): void {
    const outgoing = this.#outgoing.get(node);
    if (outgoing?.epoch !== epoch) return;
    outgoing.acknowledge(sequence);
    this.#schedule(outgoing);
  }

  /** Asks a node to report itself in full. */
  restateNode(node: string): void {
    const outgoing = this.#outgoing.get(node);
    if (outgoing === undefined) return;
    outgoing.restate([], true);
    this.#schedule(outgoing);
  }

  /** What the node should hold under `key` is another thing now. */
  changed(node: string, key: ObjectKey): void {
    this.#send(node, [key]);
  }

  #makeOutgoing(node: string, epoch: string): Outgoing {
    const { broker, messageSize } = this.#options;
    const topic = nodeTopic(node, 'objects');
    return new Outgoing({
      epoch,
      resolve: (key) => this.#resolve(node, key),
      send: (payload) => broker.publish(topic, payload),
      ...(messageSize === undefined ? {} : { messageSize }),
    });
  }

  #drop(node: string): void {
    const outgoing = this.#outgoing.get(node);
    if (outgoing === undefined) return;
    outgoing.close();
    this.#dirty.delete(outgoing);
    this.#outgoing.delete(node);
    this.#needs.drop(node);
  }

  /** The version of everything the node should hold. */
  #wanted(node: string, withServices: boolean): Map<ObjectKey, string> {
    const wanted = new Map<ObjectKey, string>();
    for (const entry of this.#options.registry.podsOnNode(node)) {
      wanted.set(podKey(entry), versionOf(entry));
      for (const key of referencesOf(entry.object<Pod>())) this.#want(key, wanted);
    }
    for (const key of this.#releasing.of(node)) this.#want(key, wanted);
    const self = this.#options.registry.get(nodes, '', node);
    if (self !== undefined) wanted.set(`nodes//${node}`, versionOf(self));
    for (const [key, version] of this.#options.policies.wanted(node)) wanted.set(key, version);
    if (withServices) for (const [key, version] of this.#options.services.versions()) wanted.set(key, version);
    return wanted;
  }

  /** The version of what `key` names, and of what stands behind it. */
  #want(key: ObjectKey, wanted: Map<ObjectKey, string>): void {
    if (wanted.has(key)) return;
    const referenced = this.#entry(key);
    if (referenced === undefined) return;
    wanted.set(key, versionOf(referenced));
    const behind = this.#volumeOf(key);
    if (behind !== undefined) this.#want(behind, wanted);
  }

  /** The volume a claim is bound to, or is about to be. */
  #volumeOf(key: ObjectKey): ObjectKey | undefined {
    if (!key.startsWith('persistentvolumeclaims/')) return undefined;
    const name = this.#entry(key)?.object<PersistentVolumeClaim>().spec?.volumeName ?? '';
    return name === '' ? undefined : `persistentvolumes//${name}`;
  }

  #resolve(node: string, key: ObjectKey): Resolved {
    if (key.startsWith('networkpolicies/')) return this.#options.policies.resolve(node, key);
    const entry = this.#entry(key);
    if (entry === undefined) return undefined;
    if (resourceOfKey(key) === 'nodenetworks') return { bytes: projectNodeNetwork(entry).bytes };
    if (!this.#belongs(node, key, entry)) return undefined;
    if (this.#options.broker.external && entry.info.resource === 'secrets') return { fetch: String(entry.revision) };
    return { bytes: project(entry).bytes };
  }

  #belongs(node: string, key: ObjectKey, entry: Entry): boolean {
    switch (entry.info.resource) {
      case 'pods':
        return entry.node === node;
      case 'nodes':
        return entry.name === node;
      case 'services':
      case 'endpointslices':
        return true;
      default:
        return this.#needs.has(node, key);
    }
  }

  #entry(key: ObjectKey): Entry | undefined {
    const [resource, namespace = '', name = '', uid] = key.split('/');
    const ref = refs[resource ?? ''];
    const entry = ref === undefined ? undefined : this.#options.registry.get(ref, namespace, name);
    return uid !== undefined && entry?.uid !== uid ? undefined : entry;
  }

  #podChanged({ type, entry, previous }: Change): void {
    const node = entry.node;
    const outgoing = node === undefined ? undefined : this.#outgoing.get(node);
    if (node === undefined || outgoing?.opened !== true) return;
    const before = previous?.node === node ? previous : undefined;
    if (type !== 'DELETED' && before !== undefined && !concerns(before, entry)) {
      this.#statusChanged(outgoing, before, entry);
      return;
    }
    outgoing.add(podKey(entry));
    this.#count(node, outgoing, before, type === 'DELETED' ? undefined : entry);
    this.#schedule(outgoing);
  }

  /** Somebody else (the node controller, a user) overwrote what the node said about readiness: the node says it again. */
  #statusChanged(outgoing: Outgoing, before: Entry, entry: Entry): void {
    if (this.#options.reporting(entry.uid) || readiness(before) === readiness(entry)) return;
    outgoing.restate([entry.uid], false);
    this.#schedule(outgoing);
  }

  #count(node: string, outgoing: Outgoing, before: Entry | undefined, after: Entry | undefined): void {
    const old = before === undefined ? new Set<ObjectKey>() : referencesOf(before.object<Pod>());
    const now = after === undefined ? new Set<ObjectKey>() : referencesOf(after.object<Pod>());
    const news: ObjectKey[] = [];
    for (const key of now) if (!old.has(key)) news.push(...this.#needs.add(node, key));
    for (const key of old) if (!now.has(key)) news.push(...this.#needs.remove(node, key));
    for (const key of news) outgoing.add(key);
  }

  #nodeChanged({ type, entry, previous }: Change): void {
    const outgoing = this.#outgoing.get(entry.name);
    if (outgoing?.opened !== true) return;
    if (type === 'MODIFIED' && previous !== undefined && !concerns(previous, entry)) return;
    outgoing.add(`nodes//${entry.name}`);
    this.#schedule(outgoing);
  }

  #namedChanged(ref: ResourceRef, entry: Entry): void {
    const key = `${ref.resource}/${entry.namespace}/${entry.name}`;
    for (const node of this.#needs.nodes(key)) this.#send(node, [key]);
    for (const need of this.#needs.refresh(key)) this.#send(need.node, [need.key]);
  }

  #volumeMoved(key: ObjectKey, { before, now }: Moved): void {
    if (now !== undefined && this.#outgoing.get(now)?.opened === true) this.#send(now, this.#needs.add(now, key));
    if (before !== undefined) this.#send(before, this.#needs.remove(before, key));
  }

  #send(node: string, keys: readonly ObjectKey[]): void {
    const outgoing = this.#outgoing.get(node);
    if (outgoing === undefined || keys.length === 0) return;
    for (const key of keys) outgoing.add(key);
    this.#schedule(outgoing);
  }

  #schedule(outgoing: Outgoing): void {
    this.#dirty.add(outgoing);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      for (const one of dirty) void one.flush();
    });
  }
}

const refs: Readonly<Record<string, ResourceRef>> = {
  pods,
  nodes,
  // made of Nodes
  nodenetworks: nodes,
  configmaps: configMaps,
  secrets,
  runtimeclasses: runtimeClasses,
  persistentvolumeclaims: persistentVolumeClaims,
  persistentvolumes: persistentVolumes,
  services,
  endpointslices: endpointSlices,
};

function podKey(entry: Entry): ObjectKey {
  return `pods/${entry.namespace}/${entry.name}/${entry.uid}`;
}

function readiness(entry: Entry): string | undefined {
  return entry.object<Pod>().status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
}
