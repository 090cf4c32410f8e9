/** The few facts of a Pod that controllers count. */
import { digestPod, type PodDigest } from '../api/pod-digest.ts';
import type { Pod } from '../api/pod.ts';
import type { Entry } from '../registry/registry.ts';

/** Facts of one Pod. */
export type PodFacts = PodDigest;

/** The facts of a Pod that is stored: they are kept with it, so this parses nothing. */
export function podFactsOf(entry: Entry): PodFacts {
  return entry.pod ?? digestPod(entry.object<Pod>());
}

/** True when the Pod is ready and has been so for `minReadySeconds`. API: IsPodAvailable. */
export function isAvailable(facts: PodFacts, minReadySeconds: number, now: number): boolean {
  if (!facts.ready) return false;
  return minReadySeconds === 0 || (facts.readySince > 0 && facts.readySince + minReadySeconds * 1000 <= now);
}
