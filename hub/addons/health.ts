/** How an addon is, by its workloads and Pods. Pure. */
import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../api/pod.ts';

/** Pods wanted and ready; `why` is one line unless all is well. */
export interface Health {
  readonly wanted: number;
  readonly ready: number;
  readonly why?: string;
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberReady?: number;
  succeeded?: number;
  phase?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

interface WorkloadSpec {
  replicas?: number;
  completions?: number;
}

/** One workload: what it wants, has, and has of its newest form. */
interface Count {
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
}

const isTrue = (status: WorkloadStatus, type: string): boolean =>
  status.conditions?.some((one) => one.type === type && one.status === 'True') === true;

/** By kind; kinds that are not here run nothing. */
const counts: Readonly<Record<string, (spec: WorkloadSpec, status: WorkloadStatus) => Count>> = {
  Deployment: ({ replicas = 1 }, { readyReplicas = 0, updatedReplicas = 0 }) => ({
    wanted: replicas,
    ready: readyReplicas,
    updated: updatedReplicas,
  }),
  StatefulSet: ({ replicas = 1 }, { readyReplicas = 0, updatedReplicas = 0 }) => ({
    wanted: replicas,
    ready: readyReplicas,
    updated: updatedReplicas,
  }),
  ReplicaSet: ({ replicas = 1 }, { readyReplicas = 0 }) => ({
    wanted: replicas,
    ready: readyReplicas,
    updated: replicas,
  }),
  DaemonSet: (_, { desiredNumberScheduled = 0, numberReady = 0, updatedNumberScheduled = 0 }) => ({
    wanted: desiredNumberScheduled,
    ready: numberReady,
    updated: updatedNumberScheduled,
  }),
  Job: ({ completions = 1 }, { succeeded = 0 }) => ({ wanted: completions, ready: succeeded, updated: completions }),
  Pod: (_, status) => ({
    wanted: 1,
    ready: isTrue(status, 'Ready') || status.phase === 'Succeeded' ? 1 : 0,
    updated: 1,
  }),
};

/** True for kinds that run Pods. */
export function isWorkload(kind: string): boolean {
  return Object.hasOwn(counts, kind);
}

/** The last warning that was told of a Pod. */
export type WarningOf = (pod: Pod) => string | undefined;

/** The health of `workloads`, whose Pods are among `pods`. */
export function healthOf(
  workloads: readonly KubeObject[],
  pods: readonly Pod[],
  warningOf: WarningOf = () => undefined,
): Health {
  let [wanted, ready] = [0, 0];
  let why: string | undefined;
  for (const object of workloads) {
    const status = (object.status ?? {}) as WorkloadStatus;
    const count = counts[object.kind]?.((object.spec ?? {}) as WorkloadSpec, status);
    if (count === undefined) continue;
    wanted += count.wanted;
    ready += Math.min(count.ready, count.wanted);
    why ??= shortfall(object, status, count);
  }
  if (why === undefined) return { wanted, ready };
  return { wanted, ready, why: podTrouble(pods, warningOf) ?? why };
}

function shortfall(object: KubeObject, status: WorkloadStatus, count: Count): string | undefined {
  const { namespace = '', name = '', generation = 0 } = object.metadata;
  const title = `${object.kind.toLowerCase()} ${namespace}/${name}`;
  const isSeen = object.kind === 'Pod' || object.kind === 'Job' || (status.observedGeneration ?? 0) >= generation;
  if (isSeen && count.ready >= count.wanted && count.updated >= count.wanted) return undefined;
  const failure = status.conditions?.find(
    ({ type, status: state }) => (type === 'ReplicaFailure' || type === 'Failed') && state === 'True',
  );
  if (failure?.message !== undefined) return `${title}: ${oneLine(failure.message)}`;
  if (!isSeen) return `${title}: not looked at yet`;
  if (count.ready >= count.wanted) return `${title}: ${count.updated} of ${count.wanted} updated`;
  return `${title}: ${count.ready} of ${count.wanted} ready`;
}

/** What is wrong with the first Pod that is in trouble, as its node or the scheduler says. */
function podTrouble(pods: readonly Pod[], warningOf: WarningOf): string | undefined {
  for (const pod of pods) {
    const { metadata, status } = pod;
    if (metadata.deletionTimestamp !== undefined) continue;
    const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
    const failed = status?.phase === 'Failed' ? (status.message ?? status.reason ?? 'it failed') : undefined;
    const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
    const why = containerTrouble(pod) ?? unscheduled?.message ?? failed ?? (isReady ? undefined : warningOf(pod));
    if (why !== undefined) return `Pod ${metadata.namespace ?? ''}/${metadata.name ?? ''}: ${oneLine(why)}`;
  }
  return undefined;
}

/** Reasons that are no trouble. */
const ordinary = ['ContainerCreating', 'PodInitializing'];

/** Why the first container that waits does. */
function containerTrouble({ status }: Pod): string | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const { state, lastState } of all) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (reason === '' || ordinary.includes(reason)) continue;
    const ended = lastState?.terminated;
    // what a program says last is why it ended, and more than that it is started again
    const words = ended?.message?.trim().split('\n').at(-1) ?? '';
    if (ended !== undefined && words !== '') return `${reason} (it ended with exit code ${ended.exitCode}: ${words})`;
    const last = ended === undefined ? '' : ` (it ended with exit code ${ended.exitCode})`;
    return `${reason}${message === '' ? '' : `: ${message}`}${last}`;
  }
  return undefined;
}

/** The longest part of a foreign text that goes into a status, in characters. */
const longest = 300;

/** A foreign text as one line. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
