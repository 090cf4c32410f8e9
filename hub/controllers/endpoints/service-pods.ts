/** Which Pods each Service selects, kept up to date: neither side is ever scanned for a change of the other's status. */
import { pods, services } from '../../api/resource.ts';
import type { Service } from '../../api/service.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Change, Entry, Registry } from '../../registry/registry.ts';
import { relabelled } from '../controller.ts';

type Labels = Readonly<Record<string, string>>;

interface Selecting {
  readonly pairs: readonly (readonly [string, string])[];
  readonly members: Set<string>;
}

function bucketOf(namespace: string, pair: readonly [string, string]): string {
  return `${namespace}\n${pair[0]}=${pair[1]}`;
}

function matches(selecting: Selecting, labels: Labels): boolean {
  return selecting.pairs.every(([name, value]) => labels[name] === value);
}

/** The index; a part that must start before the controllers that ask it. */
export class ServicePods implements Part {
  readonly name = 'service pods';
  readonly #registry: Registry;
  readonly #services = new Map<string, Selecting>();
  /** Services by the first pair of their selector. */
  readonly #buckets = new Map<string, Set<string>>();
  #ends: (() => void)[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    this.#ends = [
      this.#registry.subscribe(services, (change) => this.#serviceChanged(change)),
      this.#registry.subscribe(pods, (change) => this.#podChanged(change)),
    ];
    for (const entry of this.#registry.entries(services)) this.#set(entry);
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#services.clear();
    this.#buckets.clear();
  }

  /** Names of the Services that select these labels. */
  servicesOf(namespace: string, labels: Labels): string[] {
    const found: string[] = [];
    for (const pair of Object.entries(labels)) {
      for (const name of this.#buckets.get(bucketOf(namespace, pair)) ?? []) {
        const selecting = this.#services.get(`${namespace}/${name}`);
        if (selecting !== undefined && matches(selecting, labels)) found.push(name);
      }
    }
    return found;
  }

  /** The Pods a Service selects. */
  podsOf(namespace: string, service: string): Entry[] {
    const found: Entry[] = [];
    for (const name of this.#services.get(`${namespace}/${service}`)?.members ?? []) {
      const entry = this.#registry.get(pods, namespace, name);
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  #serviceChanged(change: Change): void {
    if (change.type === 'DELETED') this.#drop(change.entry);
    else this.#set(change.entry);
  }

  #set(entry: Entry): void {
    const pairs = Object.entries(entry.object<Service>().spec.selector ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = `${entry.namespace}/${entry.name}`;
    const before = this.#services.get(key);
    if (before !== undefined && before.pairs.join() === pairs.join()) return;
    this.#drop(entry);
    const first = pairs[0];
    if (first === undefined) return;
    const selecting: Selecting = { pairs, members: new Set() };
    for (const pod of this.#registry.entries(pods, entry.namespace)) {
      if (matches(selecting, pod.labels)) selecting.members.add(pod.name);
    }
    this.#services.set(key, selecting);
    const bucket = bucketOf(entry.namespace, first);
    const names = this.#buckets.get(bucket);
    if (names === undefined) this.#buckets.set(bucket, new Set([entry.name]));
    else names.add(entry.name);
  }

  #drop(entry: Entry): void {
    const key = `${entry.namespace}/${entry.name}`;
    const first = this.#services.get(key)?.pairs[0];
    this.#services.delete(key);
    if (first === undefined) return;
    const bucket = bucketOf(entry.namespace, first);
    const names = this.#buckets.get(bucket);
    names?.delete(entry.name);
    if (names?.size === 0) this.#buckets.delete(bucket);
  }

  #podChanged(change: Change): void {
    const { entry, previous, type } = change;
    const { namespace, name } = entry;
    if (type === 'MODIFIED' && !relabelled(change)) return;
    if (previous !== undefined) {
      for (const service of this.servicesOf(namespace, previous.labels)) {
        this.#services.get(`${namespace}/${service}`)?.members.delete(name);
      }
    }
    if (type === 'DELETED') return;
    for (const service of this.servicesOf(namespace, entry.labels)) {
      this.#services.get(`${namespace}/${service}`)?.members.add(name);
    }
  }
}
