/** Which Pods go first when there are too many. */
import type { PodFacts } from '../pod-facts.ts';

/** A Pod that may be removed. `crowd`: how many Pods of the same purpose share its node. */
export interface Candidate {
  readonly facts: PodFacts;
  readonly crowd: number;
}

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Whole powers of two of the age in seconds: among Pods of about one age chance shall decide. */
function ageRank(since: number, now: number): number {
  const seconds = Math.floor((now - since) / 1000);
  return seconds <= 0 ? -1 : Math.floor(Math.log2(seconds));
}

/**
 * Negative when `a` goes before `b`. API: ActivePodsWithRanks: not bound, then pending, not ready, cheap, crowded,
 * shortly ready, often restarted, young.
 */
export function compareForRemoval(a: Candidate, b: Candidate, now: number): number {
  const x = a.facts;
  const y = b.facts;
  if ((x.node === '') !== (y.node === '')) return x.node === '' ? -1 : 1;
  const phase = (phaseRank[x.phase] ?? 0) - (phaseRank[y.phase] ?? 0);
  if (phase !== 0) return phase;
  if (x.ready !== y.ready) return x.ready ? 1 : -1;
  if (x.deletionCost !== y.deletionCost) return x.deletionCost - y.deletionCost;
  if (a.crowd !== b.crowd) return b.crowd - a.crowd;
  if (x.ready && x.readySince !== y.readySince) {
    const age = ageRank(x.readySince, now) - ageRank(y.readySince, now);
    if (age !== 0) return age;
  }
  if (x.restarts !== y.restarts) return y.restarts - x.restarts;
  return ageRank(x.created, now) - ageRank(y.created, now);
}

/** The `count` that go first. */
export function chooseForRemoval<T extends Candidate>(candidates: readonly T[], count: number, now: number): T[] {
  if (count >= candidates.length) return [...candidates];
  return [...candidates].sort((a, b) => compareForRemoval(a, b, now)).slice(0, count);
}
