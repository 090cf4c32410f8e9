/** Which Pods run where, counted by selector: what affinity between Pods and topology spreading ask about. */
import type { LabelSelector } from '../../api/object.ts';
import { namespaces } from '../../api/resource.ts';
import type { PodAffinityTerm } from '../../api/scheduling.ts';
import { type LabelMatcher, labelSelectorMatcher } from '../../api/selector.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Cluster, Placed } from '../cluster.ts';
import type { NodeRoom } from '../node-room.ts';

/** Pods meant by a term: in these namespaces (undefined: all), with these labels. */
export interface Crowd {
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly labels: LabelMatcher;
}

/** How many Pods of a crowd each node has. */
export type Counts = ReadonlyMap<NodeRoom, number>;

interface Counter {
  readonly crowd: Crowd;
  readonly counts: Map<NodeRoom, number>;
}

/** Counters kept up to date at once; forgetting one costs a recount. */
const counterLimit = 64;

/** True when a Pod of that namespace with these labels belongs to the crowd. */
export function inCrowd(crowd: Crowd, namespace: string, labels: Readonly<Record<string, string>>): boolean {
  return (crowd.namespaces === undefined || crowd.namespaces.has(namespace)) && crowd.labels.matches(labels);
}

/** A label selector narrowed to the Pod's own values of `keys`. API: matchLabelKeys. */
export function narrowed(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>>,
  keys: { match?: readonly string[] | undefined; mismatch?: readonly string[] | undefined },
): LabelSelector | undefined {
  if (selector === undefined) return undefined;
  const extra = (list: readonly string[] | undefined, operator: 'In' | 'NotIn') =>
    (list ?? []).flatMap((key) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  const added = [...extra(keys.match, 'In'), ...extra(keys.mismatch, 'NotIn')];
  if (added.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}

/** The counters, and the placed Pods that keep others away. */
export class Neighbours {
  readonly cluster: Cluster;
  readonly #registry: Registry;
  readonly #counters = new Map<string, Counter>();
  readonly #repelling = new Map<string, Placed>();

  constructor(cluster: Cluster, registry: Registry) {
    this.cluster = cluster;
    this.#registry = registry;
  }

  /** Begins to listen; before the first placement. */
  start(): () => void {
    return this.cluster.listen((placed, times) => {
      for (const counter of this.#counters.values()) count(counter, placed, times);
      if (placed.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution === undefined) return;
      if (times === 1) this.#repelling.set(placed.uid, placed);
      else this.#repelling.delete(placed.uid);
    });
  }

  /** Placed Pods with required anti-affinity: they also speak for those who come later. */
  get repelling(): Iterable<Placed> {
    return this.#repelling.values();
  }

  get anyRepelling(): boolean {
    return this.#repelling.size > 0;
  }

  /** Whom `term` means when a Pod of `namespace` with `labels` says it. */
  crowd(term: PodAffinityTerm, namespace: string, labels: Readonly<Record<string, string>>): Crowd {
    const keys = { match: term.matchLabelKeys, mismatch: term.mismatchLabelKeys };
    return {
      namespaces: this.#namespaces(term, namespace),
      labels: labelSelectorMatcher(narrowed(term.labelSelector, labels, keys)),
    };
  }

  #namespaces(term: PodAffinityTerm, own: string): ReadonlySet<string> | undefined {
    const listed = term.namespaces ?? [];
    const selector = term.namespaceSelector;
    if (selector === undefined) return new Set(listed.length === 0 ? [own] : listed);
    const matcher = labelSelectorMatcher(selector);
    if (matcher.text === '') return undefined;
    const found = new Set(listed);
    for (const entry of this.#registry.entries(namespaces)) if (matcher.matches(entry.labels)) found.add(entry.name);
    return found;
  }

  /** How many Pods of `crowd` are on each node, from a counter that stays current. */
  counts(crowd: Crowd): Counts {
    const names = crowd.namespaces === undefined ? '*' : [...crowd.namespaces].sort().join(',');
    const key = `${names}\n${crowd.labels.text}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = { crowd, counts: new Map() };
      for (const placed of this.cluster.placements()) count(counter, placed, 1);
      this.#counters.set(key, counter);
      if (this.#counters.size > counterLimit) {
        const oldest = this.#counters.keys().next();
        if (oldest.done !== true) this.#counters.delete(oldest.value);
      }
    }
    return counter.counts;
  }
}

function count(counter: Counter, placed: Placed, times: 1 | -1): void {
  if (!inCrowd(counter.crowd, placed.namespace, placed.labels)) return;
  const now = (counter.counts.get(placed.room) ?? 0) + times;
  if (now > 0) counter.counts.set(placed.room, now);
  else counter.counts.delete(placed.room);
}

/** Adds up counts by the value of a node label; nodes without it do not count. */
export function byTopology(counts: Counts, topologyKey: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [node, amount] of counts) {
    const value = node.labels[topologyKey];
    if (value !== undefined && node.present) sums.set(value, (sums.get(value) ?? 0) + amount);
  }
  return sums;
}
