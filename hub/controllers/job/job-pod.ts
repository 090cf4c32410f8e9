/** What the job controller knows of one Pod, and the Pod it makes. */
import type { Job, JobSpec } from '../../api/batch.ts';
import type { Container } from '../../api/container.ts';
import type { KubeObject } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod } from '../../api/pod.ts';
import { digestPod } from '../../api/pod-digest.ts';
import type { PodFacts } from '../pod-facts.ts';
import { podFromTemplate } from '../pod-template.ts';

/** Keeps a finished Pod until it is counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
const indexMark = 'batch.kubernetes.io/job-completion-index';
const failureCount = 'batch.kubernetes.io/job-index-failure-count';
const ignoredCount = 'batch.internal.kubernetes.io/job-index-ignored-failure-count';
/** Names longer than this leave no room for the random part. */
const longestPrefix = 58;

/** A Job as it is stored: defaults are in. */
export type SpecifiedJob = Job & { spec: JobSpec };

/** One Pod of a Job. Times are Unix milliseconds. */
export interface JobPod {
  readonly uid: string;
  readonly pod: Pod;
  readonly facts: PodFacts;
  /** Not counted yet: it has the finalizer. */
  readonly tracked: boolean;
  /** Its completion index, when it has one. */
  readonly index: number | undefined;
  /** Failures of its index before it, counted and ignored. */
  readonly failures: number;
  readonly ignored: number;
}

function whole(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** Reads a Pod. */
export function jobPod(pod: Pod, facts: PodFacts = digestPod(pod)): JobPod {
  const { annotations, finalizers, uid = '' } = pod.metadata;
  return {
    uid,
    pod,
    facts,
    tracked: finalizers?.includes(trackingFinalizer) === true,
    index: whole(annotations?.[indexMark]),
    failures: whole(annotations?.[failureCount]) ?? 0,
    ignored: whole(annotations?.[ignoredCount]) ?? 0,
  };
}

/** API: completionMode. */
export const isIndexed = (spec: JobSpec): boolean => spec.completionMode === 'Indexed';

/** API: podReplacementPolicy Failed: a Pod on its way out is replaced only when it has ended. */
export const replacesFailedOnly = (spec: JobSpec): boolean => spec.podReplacementPolicy === 'Failed';

/** True when the Pod counts as a failure: it failed, or was deleted before it could end (unless only failed ones count). */
export function hasFailed(spec: JobSpec, { facts }: JobPod): boolean {
  if (facts.phase === 'Failed') return true;
  return facts.deleting && facts.phase !== 'Succeeded' && !replacesFailedOnly(spec);
}

/** True for a Pod that is being deleted and has not ended. */
export function isTerminating({ facts }: JobPod): boolean {
  return facts.deleting && !hasEnded(facts.phase);
}

/** When the Pod ended, as well as can be told. */
export function finishedAt({ pod, facts }: JobPod): number {
  const statuses = pod.status?.containerStatuses ?? [];
  const ends = statuses.map((one) => Date.parse(one.state?.terminated?.finishedAt ?? ''));
  if (ends.length > 0 && ends.every((end) => end > 0)) return Math.max(...ends);
  if (!facts.ready && facts.readySince > 0) return facts.readySince;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (deletionTimestamp !== undefined) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return facts.created;
}

/** Which Pod to make: of which index, and after how many failures of it. */
export interface PodOrder {
  readonly index: number | undefined;
  readonly failures?: number;
  readonly ignored?: number;
}

function tellIndex(containers: readonly Container[] | undefined): void {
  const name = 'JOB_COMPLETION_INDEX';
  for (const container of containers ?? []) {
    if (container.env?.some((one) => one.name === name) === true) continue;
    const fieldRef = { fieldPath: `metadata.labels['${indexMark}']` };
    container.env = [...(container.env ?? []), { name, valueFrom: { fieldRef } }];
  }
}

/** A new Pod of `job`. */
export function newJobPod(job: SpecifiedJob, order: PodOrder): Pod {
  const pod = podFromTemplate(job.spec.template, job as KubeObject);
  const { metadata, spec } = pod;
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(trackingFinalizer)) metadata.finalizers = [...finalizers, trackingFinalizer];
  const { index } = order;
  if (index === undefined) return pod;
  const name = job.metadata.name ?? '';
  const end = `-${index}-`;
  metadata.generateName = `${name.slice(0, longestPrefix - end.length)}${end}`;
  metadata.labels = { ...metadata.labels, [indexMark]: String(index) };
  metadata.annotations = {
    ...metadata.annotations,
    [indexMark]: String(index),
    ...(order.failures === undefined ? {} : { [failureCount]: String(order.failures) }),
    ...((order.ignored ?? 0) === 0 ? {} : { [ignoredCount]: String(order.ignored) }),
  };
  spec.hostname = `${name}-${index}`;
  tellIndex(spec.initContainers);
  tellIndex(spec.containers);
  return pod;
}
