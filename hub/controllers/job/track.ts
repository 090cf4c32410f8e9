/** Counting Pods exactly once: first their uids go into the status, then they lose the finalizer, then they become a number. */
import type { JobStatus } from '../../api/batch.ts';
import { timestamp } from '../../api/object.ts';
import { type Assessment, isInRange } from './assess.ts';
import { type Ending, finalOf, withCondition } from './conditions.ts';
import { failureVerdict } from './failure-policy.ts';
import { hasFailed, isIndexed, type JobPod, type SpecifiedJob } from './job-pod.ts';

/** API: uids a status may hold at once. */
const mostUncounted = 500;

/** The status to write before any finalizer goes, and whose may go after that. */
export interface Tracking {
  readonly status: JobStatus;
  readonly release: readonly JobPod[];
  /** There were too many to count in one go. */
  readonly more: boolean;
}

type Counters = { succeeded: string[]; failed: string[]; indexes: number[] };

function mayRelease(job: SpecifiedJob, state: Assessment, one: JobPod, ending: Ending | undefined): boolean {
  if (job.metadata.deletionTimestamp !== undefined || ending !== undefined) return true;
  if (one.facts.phase === 'Succeeded') return true;
  if (!hasFailed(job.spec, one)) return false;
  return one.index === undefined || state.remembered.get(one.index) !== one;
}

function count(job: SpecifiedJob, state: Assessment, one: JobPod, failing: boolean, to: Counters): void {
  const { spec } = job;
  if (!isInRange(spec, one)) return;
  if (one.facts.phase === 'Succeeded' && !to.failed.includes(one.uid)) {
    const index = one.index ?? 0;
    if (!isIndexed(spec)) {
      if (!to.succeeded.includes(one.uid)) to.succeeded.push(one.uid);
    } else if (!state.counted.has(index)) to.indexes.push(index);
    return;
  }
  if (!failing && !hasFailed(spec, one)) return;
  if (!to.failed.includes(one.uid) && failureVerdict(spec, one.pod).counts) to.failed.push(one.uid);
}

function nonZero<K extends string>(name: K, value: number): { [key in K]?: number } {
  return (value === 0 ? {} : { [name]: value }) as { [key in K]?: number };
}

/** What is counted from the Pods as they are. */
function observed(state: Assessment): Pick<JobStatus, 'active' | 'ready' | 'terminating'> {
  return {
    ...nonZero('active', state.active.length),
    ready: state.active.filter(({ facts }) => facts.ready).length,
    terminating: state.terminating.length,
  };
}

function withUncounted(status: JobStatus, succeeded: readonly string[], failed: readonly string[]): JobStatus {
  return {
    ...status,
    uncountedTerminatedPods: {
      ...(succeeded.length === 0 ? {} : { succeeded: [...succeeded] }),
      ...(failed.length === 0 ? {} : { failed: [...failed] }),
    },
  };
}

/** API: what a Job says of being suspended; it starts anew when it is resumed. */
export function suspension(job: SpecifiedJob, status: JobStatus, now: number): JobStatus {
  const suspended = job.spec.suspend === true;
  const before = status.conditions ?? [];
  const said = suspended
    ? { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };
  const conditions = withCondition(before, said, now);
  if (conditions === before) return status;
  return { ...status, conditions: [...conditions], ...(suspended ? {} : { startTime: timestamp(now) }) };
}

/** What is counted. `state`: whose Pods; `seen`: the Pods as they are by now; `before`: the status it goes into. */
export interface TrackInput {
  readonly job: SpecifiedJob;
  readonly state: Assessment;
  readonly seen: Assessment;
  /** How the Job ends, when it does: after a failure every Pod left counts as failed, after a success none. */
  readonly ending: Ending | undefined;
  readonly before: JobStatus;
  readonly now: number;
}

/** The first half. */
export function track(input: TrackInput): Tracking {
  const { job, state, ending, before, now } = input;
  const tracked = new Map(state.pods.filter((one) => one.tracked).map((one) => [one.uid, one]));
  const settled = settleCounts(before, (uid) => tracked.has(uid));
  const uncounted = settled.uncountedTerminatedPods ?? {};
  const to: Counters = {
    succeeded: [...(uncounted.succeeded ?? [])],
    failed: [...(uncounted.failed ?? [])],
    indexes: [],
  };
  const release: JobPod[] = [];
  const failing = ending?.type === 'FailureTarget';
  for (const one of tracked.values()) {
    if (to.succeeded.length + to.failed.length + to.indexes.length >= mostUncounted) break;
    if (!mayRelease(job, state, one, ending)) continue;
    release.push(one);
    count(job, state, one, failing, to);
  }
  const more =
    release.length < tracked.size && to.succeeded.length + to.failed.length + to.indexes.length >= mostUncounted;
  let status = withUncounted(settled, to.succeeded, to.failed);
  if (isIndexed(job.spec)) status = withIndexes(status, state, to.indexes);
  if (ending !== undefined) {
    const conditions = withCondition(status.conditions ?? [], { ...ending, status: 'True' }, now);
    status = { ...status, conditions: [...conditions] };
  }
  return { status: observedOver(status, input.seen), release, more };
}

function withIndexes(status: JobStatus, state: Assessment, indexes: readonly number[]): JobStatus {
  const { completedIndexes: _, failedIndexes: _failed, succeeded: _succeeded, ...others } = status;
  const completed = state.counted.with(indexes);
  return {
    ...others,
    ...nonZero('succeeded', completed.size),
    ...(completed.size === 0 ? {} : { completedIndexes: String(completed) }),
    ...(state.failedIndexes === undefined ? {} : { failedIndexes: String(state.failedIndexes) }),
  };
}

function observedOver(status: JobStatus, state: Assessment): JobStatus {
  const { active: _active, ready: _ready, terminating: _terminating, ...others } = status;
  return { ...others, ...observed(state) };
}

/** Turns uids into numbers when their Pods have no finalizer any more. */
function settleCounts(status: JobStatus, isTracked: (uid: string) => boolean): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const doneWell = succeeded.filter((uid) => !isTracked(uid)).length;
  const doneBadly = failed.filter((uid) => !isTracked(uid)).length;
  return withUncounted(
    {
      ...status,
      ...nonZero('succeeded', (status.succeeded ?? 0) + doneWell),
      ...nonZero('failed', (status.failed ?? 0) + doneBadly),
    },
    succeeded.filter(isTracked),
    failed.filter(isTracked),
  );
}

/** The second half, over the Pods as they are after the release: numbers, and the final condition when nothing is left to wait for. */
export function settle(
  state: Assessment,
  ending: Ending | undefined,
  before: JobStatus,
  more: boolean,
  now: number,
): JobStatus {
  const tracked = new Set(state.pods.filter((one) => one.tracked).map((one) => one.uid));
  const counted = settleCounts(before, (uid) => tracked.has(uid));
  const status = observedOver(counted, state);
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const waits = more || succeeded.length + failed.length + state.terminating.length + state.active.length > 0;
  if (ending === undefined || waits) return status;
  const conditions = [...withCondition(status.conditions ?? [], finalOf(ending), now)];
  const completionTime = ending.type === 'SuccessCriteriaMet' ? { completionTime: timestamp(now) } : {};
  return { ...status, conditions, ...completionTime };
}
