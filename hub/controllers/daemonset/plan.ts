/** What a DaemonSet does next: Pods to make, by node, and Pods to remove, without ever taking more down than allowed. */
import type { DaemonSet, DaemonSetStatus } from '../../api/workload.ts';
import { resolveCount } from '../int-or-percent.ts';
import { isAvailable, type PodFacts } from '../pod-facts.ts';
import type { Belongs } from './placement.ts';

/** A Pod of the set. `updated`: it has the present template. */
export interface DaemonPod<T> {
  readonly ref: T;
  readonly facts: PodFacts;
  readonly updated: boolean;
}

/** One node with the Pods of the set that are on it or pinned to it. */
export interface DaemonNode<T> extends Belongs {
  readonly name: string;
  readonly pods: readonly DaemonPod<T>[];
}

/** Why a Pod is removed, where that is worth an event. */
export interface Removal<T> {
  readonly pod: DaemonPod<T>;
  readonly node: string;
  readonly why: 'Failed' | 'Succeeded' | undefined;
}

/** Work to do. */
export interface DaemonPlan<T> {
  readonly create: readonly string[];
  readonly remove: readonly Removal<T>[];
}

/** Bound before pending, then older first. API: podByCreationTimestampAndPhase. */
function byAge<T>(a: DaemonPod<T>, b: DaemonPod<T>): number {
  if ((a.facts.node === '') !== (b.facts.node === '')) return a.facts.node === '' ? 1 : -1;
  return a.facts.created - b.facts.created;
}

/** How many nodes may be without an available Pod, and how many may have two, during an update. API: both round up. */
export function limits(set: DaemonSet, desired: number): { unavailable: number; surge: number } {
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const surge = resolveCount(rolling?.maxSurge, desired, 'up');
  const unavailable = resolveCount(rolling?.maxUnavailable ?? 1, desired, 'up');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

interface Look {
  readonly minReady: number;
  readonly now: number;
}

function there<T>(look: Look, pod: DaemonPod<T>): boolean {
  return isAvailable(pod.facts, look.minReady, look.now);
}

/** Too many on one node: one stays, or during a surge one old and one new until the new one can take over. */
function surplus<T>(pods: readonly DaemonPod<T>[], surges: boolean, look: Look): readonly DaemonPod<T>[] {
  const sorted = [...pods].sort(byAge);
  if (!surges) return sorted.slice(1);
  const newPod = sorted.find((pod) => pod.updated);
  const oldPod = sorted.find((pod) => !pod.updated);
  const extra = sorted.filter((pod) => pod !== newPod && pod !== oldPod);
  if (newPod === undefined || oldPod === undefined) return extra;
  return !oldPod.facts.ready || there(look, newPod) ? [...extra, oldPod] : extra;
}

/** What is too much on a node that wants one Pod. */
function tooMuch<T>(staying: readonly DaemonPod<T>[], surges: boolean, look: Look, node: string): Removal<T>[] {
  const ended: Removal<T>[] = [];
  for (const pod of staying) {
    const { phase } = pod.facts;
    if (phase === 'Failed' || phase === 'Succeeded') ended.push({ pod, node, why: phase });
  }
  const running = staying.filter((pod) => pod.facts.active);
  const extra = running.length < 2 ? [] : surplus(running, surges, look);
  return [...ended, ...extra.map((pod) => ({ pod, node, why: undefined }))];
}

/** Brings every node to one Pod, or none. */
export function placementPlan<T>(set: DaemonSet, nodes: readonly DaemonNode<T>[], now: number): DaemonPlan<T> {
  const surges = set.spec.updateStrategy?.type !== 'OnDelete' && limits(set, 100).surge > 0;
  const look = { minReady: set.spec.minReadySeconds ?? 0, now };
  const create: string[] = [];
  const remove: Removal<T>[] = [];
  for (const node of nodes) {
    if (node.run && node.pods.length === 0) create.push(node.name);
    const staying = node.pods.filter((pod) => !pod.facts.deleting);
    if (node.keep) remove.push(...tooMuch(staying, surges, look, node.name));
    else remove.push(...staying.map((pod) => ({ pod, node: node.name, why: undefined })));
  }
  return { create, remove };
}

function bySurge<T>(nodes: readonly DaemonNode<T>[], surge: number, look: Look): DaemonPlan<T> {
  const remove: Removal<T>[] = [];
  const urgent: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  for (const node of nodes) {
    const newPod = node.pods.find((pod) => pod.updated && pod.facts.active);
    const oldPod = node.pods.find((pod) => !pod.updated && pod.facts.active);
    if (oldPod === undefined) continue;
    if (newPod === undefined) (there(look, oldPod) ? candidates : urgent).push(node.name);
    else if (there(look, newPod) || !there(look, oldPod)) remove.push({ pod: oldPod, node: node.name, why: undefined });
    else surging++;
  }
  return { create: [...urgent, ...candidates.slice(0, Math.max(0, surge - surging))], remove };
}

function byUnavailable<T>(nodes: readonly DaemonNode<T>[], allowed: number, look: Look): DaemonPlan<T> {
  const broken: Removal<T>[] = [];
  const candidates: Removal<T>[] = [];
  let down = 0;
  for (const node of nodes) {
    const running = node.pods.filter((pod) => pod.facts.active);
    const pod = running[0];
    if (pod === undefined || running.length > 1 || !there(look, pod)) {
      down++;
      if (running.length === 1 && pod?.updated === false) broken.push({ pod, node: node.name, why: undefined });
    } else if (!pod.updated) candidates.push({ pod, node: node.name, why: undefined });
  }
  return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, allowed - down))] };
}

/** The next step of an update. Nodes where the set does not belong do not count. */
export function updatePlan<T>(set: DaemonSet, nodes: readonly DaemonNode<T>[], now: number): DaemonPlan<T> {
  if (set.spec.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] };
  const wanted = nodes.filter((node) => node.run);
  const { surge, unavailable } = limits(set, wanted.length);
  const look = { minReady: set.spec.minReadySeconds ?? 0, now };
  return surge > 0 ? bySurge(wanted, surge, look) : byUnavailable(wanted, unavailable, look);
}

/** The status; counts of zero are left out where the API leaves them out. */
export function daemonStatus<T>(set: DaemonSet, nodes: readonly DaemonNode<T>[], now: number): DaemonSetStatus {
  const look = { minReady: set.spec.minReadySeconds ?? 0, now };
  const wanted = nodes.filter((node) => node.run);
  const first = wanted.flatMap((node) => [...node.pods].sort(byAge).slice(0, 1));
  const ready = first.filter((pod) => pod.facts.ready).length;
  const available = first.filter((pod) => there(look, pod)).length;
  const updated = first.filter((pod) => pod.updated).length;
  const misplaced = nodes.filter((node) => !node.run && node.pods.length > 0).length;
  const missing = wanted.length - available;
  const { generation } = set.metadata;
  const { collisionCount, conditions } = set.status ?? {};
  return {
    currentNumberScheduled: first.length,
    numberMisscheduled: misplaced,
    desiredNumberScheduled: wanted.length,
    numberReady: ready,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(missing === 0 ? {} : { numberUnavailable: missing }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
