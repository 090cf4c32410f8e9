/** How far a Job is: its Pods sorted and counted, with what its status counted before. */
import type { JobSpec } from '../../api/batch.ts';
import { failureVerdict } from './failure-policy.ts';
import { Indexes } from './indexes.ts';
import { hasFailed, isIndexed, isTerminating, type JobPod, type SpecifiedJob } from './job-pod.ts';

/** Where a Job stands. Sets of indexes are there for indexed Jobs only. */
export interface Assessment {
  readonly pods: readonly JobPod[];
  readonly active: readonly JobPod[];
  readonly terminating: readonly JobPod[];
  /** Ended and not in the status yet. */
  readonly newSucceeded: readonly JobPod[];
  readonly newFailed: readonly JobPod[];
  readonly succeeded: number;
  /** Failures that count towards the back-off limit. */
  readonly failed: number;
  readonly counted: Indexes;
  readonly completed: Indexes;
  /** With backoffLimitPerIndex only. */
  readonly failedIndexes: Indexes | undefined;
  /** The last failed Pod of an index that is to be tried again: it remembers how often that failed. */
  readonly remembered: ReadonlyMap<number, JobPod>;
}

function counts(spec: JobSpec, one: JobPod): boolean {
  return spec.podFailurePolicy === undefined || failureVerdict(spec, one.pod).counts;
}

/** True when the Pod has an index that its Job has too; any Pod of a Job without indexes. */
export function isInRange(spec: JobSpec, { index }: JobPod): boolean {
  return !isIndexed(spec) || (index !== undefined && index < (spec.completions ?? 0));
}

function failsIndex(spec: JobSpec, one: JobPod): boolean {
  if (!hasFailed(spec, one)) return false;
  const verdict = failureVerdict(spec, one.pod);
  if (verdict.action === 'FailIndex') return true;
  return verdict.counts && one.failures >= (spec.backoffLimitPerIndex ?? 0);
}

function remember(spec: JobSpec, ended: readonly JobPod[], taken: (index: number) => boolean): Map<number, JobPod> {
  const found = new Map<number, JobPod>();
  for (const one of ended) {
    const { index } = one;
    if (index === undefined || taken(index) || !hasFailed(spec, one)) continue;
    const before = found.get(index);
    if (before === undefined || before.failures + before.ignored <= one.failures + one.ignored) found.set(index, one);
  }
  return found;
}

/** Sorts and counts. */
export function assess(job: SpecifiedJob, pods: readonly JobPod[]): Assessment {
  const { spec, status } = job;
  const uncounted = status?.uncountedTerminatedPods ?? {};
  const known = new Set([...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])]);
  const fresh = pods.filter((one) => one.tracked && isInRange(spec, one));
  const newSucceeded = fresh.filter((one) => !known.has(one.uid) && one.facts.phase === 'Succeeded');
  const newFailed = fresh.filter((one) => !known.has(one.uid) && hasFailed(spec, one));
  const active = pods.filter(({ facts }) => facts.active);
  const failed =
    (status?.failed ?? 0) + newFailed.filter((one) => counts(spec, one)).length + (uncounted.failed ?? []).length;
  const shared = { pods, active, terminating: pods.filter(isTerminating), newSucceeded, newFailed, failed };
  if (!isIndexed(spec)) {
    const succeeded = (status?.succeeded ?? 0) + newSucceeded.length + (uncounted.succeeded ?? []).length;
    const { none } = Indexes;
    return { ...shared, succeeded, counted: none, completed: none, failedIndexes: undefined, remembered: new Map() };
  }
  const completions = spec.completions ?? 0;
  const counted = Indexes.parse(status?.completedIndexes, completions);
  const completed = counted.with(newSucceeded.map((one) => one.index ?? 0));
  const indexed = { ...shared, succeeded: completed.size, counted, completed };
  if (spec.backoffLimitPerIndex === undefined) {
    return { ...indexed, failedIndexes: undefined, remembered: new Map() };
  }
  const failedIndexes = Indexes.parse(status?.failedIndexes, completions).with(
    fresh.filter((one) => failsIndex(spec, one)).map((one) => one.index ?? 0),
  );
  const running = new Set(active.map((one) => one.index));
  const taken = (index: number): boolean => completed.has(index) || failedIndexes.has(index) || running.has(index);
  return { ...indexed, failedIndexes, remembered: remember(spec, fresh, taken) };
}
