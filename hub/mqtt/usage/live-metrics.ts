/** metrics.k8s.io as readers see it: made of what connected nodes told last, never stored. */
import { notFound } from '../../api/errors.ts';
import { formatQuantity } from '../../api/exact-quantity.ts';
import type { PodUsage, UsageMessage } from '../../api/link.ts';
import { type KubeObject, timestamp } from '../../api/object.ts';
import { nodes, pods, type ResourceRef } from '../../api/resource.ts';
import { metricsGroup } from '../../api/resource-metrics.ts';
import type { Clock } from '../../base/clock.ts';
import type { Entry, ListOptions, ListResult, Registry } from '../../registry/registry.ts';
import { makeFilter, matches } from '../../registry/selection.ts';
import type { Usage } from './usage.ts';

/** Seconds between two measurements of a node that does not say. */
const usualWindow = 30;

/** A node's figures and when they were measured, Unix milliseconds; `window` in seconds. */
interface Measured {
  readonly last: UsageMessage;
  readonly at: number;
  readonly window: number;
}

/** A node's figures and those of its Pods by uid. */
interface NodePods {
  readonly measured: Measured;
  readonly pods: ReadonlyMap<string, PodUsage>;
}

/** The registry, but reading metrics.k8s.io answers what nodes use. */
export function withLiveMetrics(registry: Registry, options: { usage: Usage; clock: Clock }): Registry {
  const metrics = new LiveMetrics(registry, options);
  return {
    ...registry,
    get: (ref, namespace, name) =>
      ref.group === metricsGroup ? metrics.get(ref, namespace, name) : registry.get(ref, namespace, name),
    list: (ref, listing = {}) =>
      ref.group === metricsGroup ? metrics.list(ref, listing) : registry.list(ref, listing),
  };
}

class LiveMetrics {
  readonly #registry: Registry;
  readonly #usage: Usage;
  readonly #clock: Clock;

  constructor(registry: Registry, options: { usage: Usage; clock: Clock }) {
    this.#registry = registry;
    this.#usage = options.usage;
    this.#clock = options.clock;
  }

  /** Throws NotFound in the words of metrics-server. */
  get(ref: ResourceRef, namespace: string, name: string): Entry {
    const isPod = ref.resource === 'pods';
    const shown = isPod ? `${namespace}/${name}` : name;
    const entry = this.#registry.get(isPod ? pods : nodes, namespace, name);
    if (entry === undefined) throw notFound(isPod ? pods : nodes, shown);
    const found = isPod ? this.#pod(ref, entry, this.#pods(entry.node)) : this.#node(ref, entry);
    if (found === undefined)
      throw notFound({ group: metricsGroup, resource: isPod ? 'podmetrics' : 'nodemetrics' }, shown);
    return found;
  }

  list(ref: ResourceRef, options: ListOptions): ListResult {
    const info = this.#registry.catalogue.find(ref.group, ref.version, ref.resource);
    const { revision } = this.#registry.head();
    if (info === undefined) return { revision, entries: [] };
    const filter = makeFilter(info, options);
    const found = ref.resource === 'pods' ? this.#allPods(ref, filter.namespace) : this.#allNodes(ref);
    return { revision, entries: [...found].filter((entry) => matches(filter, entry)).sort(byName) };
  }

  *#allNodes(ref: ResourceRef): Iterable<Entry> {
    for (const entry of this.#registry.entries(nodes)) {
      const found = this.#node(ref, entry);
      if (found !== undefined) yield found;
    }
  }

  *#allPods(ref: ResourceRef, namespace: string | undefined): Iterable<Entry> {
    const byNode = new Map<string | undefined, NodePods | undefined>();
    for (const entry of this.#registry.entries(pods, namespace)) {
      if (!byNode.has(entry.node)) byNode.set(entry.node, this.#pods(entry.node));
      const found = this.#pod(ref, entry, byNode.get(entry.node));
      if (found !== undefined) yield found;
    }
  }

  /** When the node looked last: what it did not tell anew since then has not changed. */
  #measured(node: string | undefined): Measured | undefined {
    const known = node === undefined ? undefined : this.#usage.current(node);
    if (known === undefined) return undefined;
    const window = known.last.every ?? usualWindow;
    const since = Math.max(0, this.#clock.now() - known.at);
    return { last: known.last, window, at: known.at + Math.floor(since / (window * 1000)) * window * 1000 };
  }

  #pods(node: string | undefined): NodePods | undefined {
    const measured = this.#measured(node);
    if (measured === undefined) return undefined;
    return { measured, pods: new Map((measured.last.pods ?? []).map((pod) => [pod.uid, pod])) };
  }

  #node(ref: ResourceRef, entry: Entry): Entry | undefined {
    const measured = this.#measured(entry.name);
    const { cpu, memory } = measured?.last ?? {};
    if (measured === undefined || cpu === undefined || memory === undefined) return undefined;
    return this.#entry(ref, entry, 'NodeMetrics', measured, { usage: amounts(cpu, memory.used) });
  }

  #pod(ref: ResourceRef, entry: Entry, told: NodePods | undefined): Entry | undefined {
    const usage = told?.pods.get(entry.uid);
    if (told === undefined || usage === undefined || usage.containers.length === 0) return undefined;
    const containers = usage.containers.map(({ name, cpu, memory }) => ({ name, usage: amounts(cpu, memory) }));
    return this.#entry(ref, entry, 'PodMetrics', told.measured, { containers });
  }

  #entry(ref: ResourceRef, of: Entry, kind: string, { at, window }: Measured, rest: object): Entry {
    const { name, namespace, labels } = of;
    const object: KubeObject = {
      kind,
      apiVersion: `${ref.group}/${ref.version}`,
      metadata: {
        name,
        ...(namespace === '' ? {} : { namespace }),
        creationTimestamp: timestamp(this.#clock.now()),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
      },
      timestamp: timestamp(at),
      window: `${window}s`,
      ...rest,
    };
    const info = this.#registry.catalogue.find(ref.group, ref.version, ref.resource) ?? of.info;
    const bytes = Buffer.from(JSON.stringify(object));
    const read = <T>(): T => object as T;
    return {
      info,
      namespace,
      name,
      uid: '',
      revision: 0,
      labels,
      owners: undefined,
      pod: undefined,
      node: undefined,
      bytes,
      object: read,
      glance: read,
    };
  }
}

/** `cpu` in cores, `memory` in bytes. */
function amounts(cpu: number, memory: number): { cpu: string; memory: string } {
  return {
    cpu: formatQuantity({ nano: BigInt(Math.round(cpu * 1e9)), format: 'DecimalSI' }),
    memory: formatQuantity({ nano: BigInt(Math.round(memory)) * 1_000_000_000n, format: 'BinarySI' }),
  };
}

function byName(one: Entry, other: Entry): number {
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  return one.name < other.name ? -1 : 1;
}
