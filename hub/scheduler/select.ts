/** Picks a node for one Pod out of the cluster: filter a sample, score it, take the best. */
import type { Cluster } from './cluster.ts';
import { filterByRoom, filteredByName, hasRoom, type Refusal } from './filter.ts';
import type { NodeRoom } from './node-room.ts';
import type { PodClass } from './pod-class.ts';
import { balanced, leastAllocated, type ReportedLoad, reported, share } from './score.ts';

/** A rule about this very Pod and its neighbours (affinity between Pods, spreading). */
export interface NeighbourRule {
  refuse(node: NodeRoom): Refusal | undefined;
  /** From 0 to 100 for each of `nodes`, times a weight. */
  scores?(nodes: readonly NodeRoom[]): readonly number[];
}

/** A node and why not it. */
export interface RefusedNode {
  readonly node: NodeRoom;
  readonly refusal: Refusal;
}

/** What decides beside cluster and class. */
export interface SelectOptions {
  readonly cluster: Cluster;
  readonly rules: readonly NeighbourRule[];
  /** Where in the list of nodes to begin; the answer says where the next Pod should. */
  readonly start: number;
  /** In [0, 1): breaks ties. */
  readonly chance: () => number;
  /** Room that is there but promised to others. */
  readonly promised?: ((node: NodeRoom) => Refusal | undefined) | undefined;
  /** The node promised to this Pod: taken when it fits, without looking further. */
  readonly nominated?: string | undefined;
  readonly reported?: ((node: string) => ReportedLoad | undefined) | undefined;
}

/** A node, or why there is none. */
export type Selected =
  | { readonly node: NodeRoom; readonly next: number }
  | { readonly node: undefined; readonly refused: readonly RefusedNode[]; readonly next: number };

/** How many fitting nodes are enough to choose among. API: percentageOfNodesToScore, adaptive: 50 % less 1 % for each 125 nodes, at least 5 %, at least 100 nodes. */
export function sampleSize(nodes: number): number {
  if (nodes < 100) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

function refused(rules: readonly NeighbourRule[], node: NodeRoom): boolean {
  for (const rule of rules) if (rule.refuse(node) !== undefined) return true;
  return false;
}

function fits(options: SelectOptions, pod: PodClass, node: NodeRoom): boolean {
  return (
    pod.verdict(node).refusal === undefined &&
    hasRoom(pod.load, node) &&
    (options.rules.length === 0 || !refused(options.rules, node)) &&
    options.promised?.(node) === undefined
  );
}

function candidates(options: SelectOptions, pod: PodClass): { fitting: NodeRoom[]; next: number } {
  const { cluster } = options;
  const fitting: NodeRoom[] = [];
  if (pod.named !== undefined) {
    for (const name of pod.named) {
      const node = cluster.node(name);
      if (node !== undefined && fits(options, pod, node)) fitting.push(node);
    }
    return { fitting, next: options.start };
  }
  const { nodes } = cluster;
  const enough = sampleSize(nodes.length);
  let seen = 0;
  for (; seen < nodes.length && fitting.length < enough; seen++) {
    const node = nodes[(options.start + seen) % nodes.length];
    if (node !== undefined && fits(options, pod, node)) fitting.push(node);
  }
  return { fitting, next: nodes.length === 0 ? 0 : (options.start + seen) % nodes.length };
}

/** Weights as kube-scheduler's default plugins have them. */
const preferenceWeight = 2;
const welcomeWeight = 3;
const reportedWeight = 2;

function best(options: SelectOptions, pod: PodClass, fitting: readonly NodeRoom[]): NodeRoom | undefined {
  let mostPreferred = 0;
  let mostUnwelcome = 0;
  for (const node of fitting) {
    const verdict = pod.verdict(node);
    mostPreferred = Math.max(mostPreferred, verdict.preference);
    mostUnwelcome = Math.max(mostUnwelcome, verdict.unwelcome);
  }
  const extra = options.rules.flatMap((rule) => (rule.scores === undefined ? [] : [rule.scores(fitting)]));
  let chosen: NodeRoom | undefined;
  let highest = -1;
  let ties = 0;
  for (let at = 0; at < fitting.length; at++) {
    const node = fitting[at] as NodeRoom;
    let score = leastAllocated(pod.load, node) + balanced(pod.load, node);
    if (mostPreferred > 0 || mostUnwelcome > 0) {
      const verdict = pod.verdict(node);
      score += preferenceWeight * share(verdict.preference, mostPreferred);
      score += welcomeWeight * (100 - share(verdict.unwelcome, mostUnwelcome));
    }
    if (options.reported !== undefined) score += reportedWeight * reported(options.reported(node.name));
    for (const scores of extra) score += scores[at] ?? 0;
    if (score > highest) {
      highest = score;
      chosen = node;
      ties = 1;
    } else if (score === highest && options.chance() < 1 / ++ties) chosen = node;
  }
  return chosen;
}

function* refusals(options: SelectOptions, pod: PodClass): Iterable<RefusedNode> {
  for (const node of options.cluster.nodes) {
    if (pod.named !== undefined && !pod.named.includes(node.name)) {
      yield { node, refusal: filteredByName };
      continue;
    }
    const refusal = pod.verdict(node).refusal ?? filterByRoom(pod.load, node);
    const all =
      refusal ??
      options.rules.map((rule) => rule.refuse(node)).find((one) => one !== undefined) ??
      options.promised?.(node);
    if (all !== undefined) yield { node, refusal: all };
  }
}

/** The best node for a Pod of class `pod`, or why none will do. */
export function select(options: SelectOptions, pod: PodClass): Selected {
  const promised = options.nominated === undefined ? undefined : options.cluster.node(options.nominated);
  if (promised !== undefined && fits(options, pod, promised)) return { node: promised, next: options.start };
  const { fitting, next } = candidates(options, pod);
  const node = fitting.length === 1 ? fitting[0] : best(options, pod, fitting);
  if (node !== undefined) return { node, next };
  return { node: undefined, refused: [...refusals(options, pod)], next };
}
