/** Which Pods a running Job makes or removes now. */
import { chooseForRemoval, compareForRemoval } from '../replicas/removal-order.ts';
import type { Assessment } from './assess.ts';
import { failureVerdict } from './failure-policy.ts';
import { backoffLeft, type Failures } from './job-backoff.ts';
import { finishedAt, isIndexed, type JobPod, type PodOrder, replacesFailedOnly, type SpecifiedJob } from './job-pod.ts';

/** Work to do; `again`: milliseconds until there is more. */
export interface JobWork {
  readonly remove: readonly JobPod[];
  readonly create: readonly PodOrder[];
  readonly again: number | undefined;
}

/** Made or removed at most in one go. */
const burst = 500;

const rest: JobWork = { remove: [], create: [], again: undefined };

/** API: active Pods beyond the first of an index, and those of indexes the Job does not have. */
function superfluous(job: SpecifiedJob, active: readonly JobPod[], now: number): JobPod[] {
  const kept = new Map<number, JobPod>();
  const found: JobPod[] = [];
  for (const one of active) {
    if (one.index === undefined || one.index >= (job.spec.completions ?? 0)) {
      found.push(one);
      continue;
    }
    const other = kept.get(one.index);
    const better = other === undefined || compareForRemoval(candidate(other), candidate(one), now) < 0 ? one : other;
    if (other !== undefined) found.push(better === one ? other : one);
    kept.set(one.index, better);
  }
  return found;
}

const candidate = (one: JobPod) => ({ facts: one.facts, crowd: 0, one });

function removals(job: SpecifiedJob, active: readonly JobPod[], count: number, now: number): JobPod[] {
  const first = isIndexed(job.spec) ? superfluous(job, active, now) : [];
  const others = active.filter((one) => !first.includes(one)).map(candidate);
  const more = chooseForRemoval(others, Math.max(0, count - first.length), now).map(({ one }) => one);
  return [...first, ...more];
}

/** How many Pods should be active. */
function wantedActive({ spec }: SpecifiedJob, state: Assessment): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) return state.succeeded > 0 ? state.active.length : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - state.succeeded));
}

function* pendingIndexes({ spec }: SpecifiedJob, state: Assessment): Iterable<number> {
  const busy = new Set(state.active.map((one) => one.index));
  if (replacesFailedOnly(spec)) for (const one of state.terminating) busy.add(one.index);
  for (let index = 0; index < (spec.completions ?? 0); index++) {
    if (!busy.has(index) && !state.completed.has(index) && state.failedIndexes?.has(index) !== true) yield index;
  }
}

function orderFor({ spec }: SpecifiedJob, index: number, before: JobPod | undefined): PodOrder {
  if (before === undefined) return { index, failures: 0 };
  const counts = failureVerdict(spec, before.pod).counts;
  const { failures, ignored } = before;
  return counts ? { index, failures: failures + 1, ignored } : { index, failures, ignored: ignored + 1 };
}

/** Each index has its own back-off. */
function ordersPerIndex(job: SpecifiedJob, state: Assessment, count: number, now: number): JobWork {
  const create: PodOrder[] = [];
  let again: number | undefined;
  for (const index of pendingIndexes(job, state)) {
    if (create.length === count) break;
    const before = state.remembered.get(index);
    const failures = before === undefined ? 0 : before.failures + before.ignored + 1;
    const left = before === undefined ? 0 : backoffLeft({ count: failures, last: finishedAt(before) }, now);
    if (left > 0) again = Math.min(again ?? left, left);
    else create.push(orderFor(job, index, before));
  }
  return { ...rest, create, again };
}

function orders(job: SpecifiedJob, state: Assessment, count: number): PodOrder[] {
  if (!isIndexed(job.spec)) return Array.from({ length: count }, () => ({ index: undefined }));
  const found: PodOrder[] = [];
  for (const index of pendingIndexes(job, state)) {
    if (found.length === count) break;
    found.push({ index });
  }
  return found;
}

/** The work. `failures`: of the Job in a row. Removing comes before making. */
export function manage(job: SpecifiedJob, state: Assessment, failures: Failures, now: number): JobWork {
  const { spec } = job;
  if (spec.suspend === true) return { ...rest, remove: state.active };
  const wanted = wantedActive(job, state);
  const remove = removals(job, state.active, Math.max(0, state.active.length - wanted), now).slice(0, burst);
  if (remove.length > 0) return { ...rest, remove };
  const leaving = replacesFailedOnly(spec) ? state.terminating.length : 0;
  const missing = wanted - leaving - state.active.length;
  if (missing <= 0) return rest;
  const count = Math.min(missing, burst);
  if (spec.backoffLimitPerIndex !== undefined) return ordersPerIndex(job, state, count, now);
  const left = backoffLeft(failures, now);
  if (left > 0) return { ...rest, again: left };
  return { ...rest, create: orders(job, state, count), again: missing > count ? 1 : undefined };
}
