/** Affinity and anti-affinity between Pods. */
import type { Pod } from '../../api/pod.ts';
import type { PodAffinityTerm } from '../../api/scheduling.ts';
import type { Refusal } from '../filter.ts';
import { byTopology, inCrowd, type Neighbours } from './neighbours.ts';
import type { NodeRoom } from '../node-room.ts';
import type { NeighbourRule } from '../select.ts';

const noAffinity: Refusal = { reasons: ["node(s) didn't match pod affinity rules"], lasting: true };
const ownAnti: Refusal = { reasons: ["node(s) didn't match pod anti-affinity rules"], lasting: false };
const othersAnti: Refusal = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], lasting: false };

interface Term {
  readonly key: string;
  readonly sums: ReadonlyMap<string, number>;
  /** True when the Pod itself is one of those meant. */
  readonly self: boolean;
}

interface WeightedTerm extends Term {
  readonly weight: number;
}

const weightOfPlugin = 2;

function prepare(neighbours: Neighbours, pod: Pod, term: PodAffinityTerm): Term {
  const namespace = pod.metadata.namespace ?? '';
  const labels = pod.metadata.labels ?? {};
  const crowd = neighbours.crowd(term, namespace, labels);
  return {
    key: term.topologyKey,
    sums: byTopology(neighbours.counts(crowd), term.topologyKey),
    self: inCrowd(crowd, namespace, labels),
  };
}

/** Topologies (as `key=value`) that placed Pods keep this one out of. */
function forbidden(neighbours: Neighbours, pod: Pod): ReadonlySet<string> {
  const places = new Set<string>();
  for (const placed of neighbours.repelling) {
    for (const term of placed.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const value = placed.room.labels[term.topologyKey];
      if (value === undefined) continue;
      const crowd = neighbours.crowd(term, placed.namespace, placed.labels);
      if (inCrowd(crowd, pod.metadata.namespace ?? '', pod.metadata.labels ?? {})) {
        places.add(`${term.topologyKey}=${value}`);
      }
    }
  }
  return places;
}

function near(term: Term, node: NodeRoom): number {
  const value = node.labels[term.key];
  return value === undefined ? 0 : (term.sums.get(value) ?? 0);
}

/** API: the first Pod of a group that wants to be together may go anywhere that has the topology. */
function allowsAffinity(required: readonly Term[], node: NodeRoom): boolean {
  if (required.length === 0 || required.every((term) => near(term, node) > 0)) return true;
  const first = required.every((term) => term.self && term.sums.size === 0);
  return first && required.every((term) => node.labels[term.key] !== undefined);
}

function stretched(raw: readonly number[]): number[] {
  const low = Math.min(...raw);
  const span = Math.max(...raw) - low;
  return raw.map((value) => (span === 0 ? 0 : (weightOfPlugin * 100 * (value - low)) / span));
}

/** The rule for `pod`, or undefined when nobody has anything to say. */
export function affinityRule(neighbours: Neighbours, pod: Pod): NeighbourRule | undefined {
  const together = pod.spec.affinity?.podAffinity;
  const apart = pod.spec.affinity?.podAntiAffinity;
  const terms = (list: readonly PodAffinityTerm[] | undefined) =>
    (list ?? []).map((term) => prepare(neighbours, pod, term));
  const required = terms(together?.requiredDuringSchedulingIgnoredDuringExecution);
  const excluded = terms(apart?.requiredDuringSchedulingIgnoredDuringExecution);
  const places = forbidden(neighbours, pod);
  const wishes: WeightedTerm[] = [
    ...(together?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({
      ...prepare(neighbours, pod, one.podAffinityTerm),
      weight: one.weight,
    })),
    ...(apart?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({
      ...prepare(neighbours, pod, one.podAffinityTerm),
      weight: -one.weight,
    })),
  ];
  if (required.length + excluded.length + places.size + wishes.length === 0) return undefined;
  const keys = [...new Set([...places].map((place) => place.slice(0, place.indexOf('='))))];
  return {
    refuse(node) {
      if (!allowsAffinity(required, node)) return noAffinity;
      if (excluded.some((term) => near(term, node) > 0)) return ownAnti;
      if (keys.some((key) => places.has(`${key}=${node.labels[key]}`))) return othersAnti;
      return undefined;
    },
    scores: (nodes) =>
      wishes.length === 0
        ? []
        : stretched(nodes.map((node) => wishes.reduce((sum, term) => sum + term.weight * near(term, node), 0))),
  };
}
