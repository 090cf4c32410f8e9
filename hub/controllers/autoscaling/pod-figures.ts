/** What the Pods of a workload use, sorted by how far that can be believed. Pure. */
import type { Pod } from '../../api/pod.ts';
import { quantityMilliValue } from '../../api/quantity.ts';
import type { PodMetrics } from '../../api/resource-metrics.ts';

/** API: --horizontal-pod-autoscaler-cpu-initialization-period: a Pod that starts uses more than it will. Milliseconds. */
const starting = 5 * 60_000;
/** API: --horizontal-pod-autoscaler-initial-readiness-delay: who is not ready then never was. Milliseconds. */
const firstReadiness = 30_000;

/** What one Pod uses, in thousandths, over the `window` (milliseconds) that ended `at` (Unix milliseconds). */
export interface Reading {
  readonly value: number;
  readonly at: number;
  readonly window: number;
}

/** API: groupPods. `used` are the figures of Pods that count in full. */
export interface PodFigures {
  readonly used: ReadonlyMap<string, number>;
  /** Pods that count, whether or not their figures do. */
  readonly ready: number;
  /** They start, or are not ready: what they use says little. */
  readonly unready: readonly string[];
  /** They run, and nobody knows what they use. */
  readonly missing: readonly string[];
}

/** A duration of Go as metrics have it, in milliseconds: `30s`, `1m0s`. */
function milliseconds(window: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return [...window.matchAll(/([\d.]+)(ms|[hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  );
}

/** Readings by Pod. API: a Pod one of whose containers has no figure has none; `container` asks for that one alone. */
export function readingsOf(
  metrics: Iterable<PodMetrics>,
  resource: string,
  container: string | undefined,
): Map<string, Reading> {
  const readings = new Map<string, Reading>();
  for (const { metadata, containers, timestamp, window } of metrics) {
    const counted = container === undefined ? containers : containers.filter(({ name }) => name === container);
    if (counted.length === 0 || counted.some(({ usage }) => usage[resource] === undefined)) continue;
    const value = counted.reduce((sum, { usage }) => sum + quantityMilliValue(usage[resource] ?? '0'), 0);
    readings.set(metadata.name ?? '', { value, at: Date.parse(timestamp), window: milliseconds(window) });
  }
  return readings;
}

/** API: the CPU of a Pod that starts counts once it was ready for a whole window. */
function isUnready({ status }: Pod, reading: Reading, now: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || status?.startTime === undefined) return true;
  const began = Date.parse(status.startTime);
  const since = Date.parse(ready.lastTransitionTime ?? status.startTime);
  if (began + starting > now) return ready.status === 'False' || reading.at < since + reading.window;
  return ready.status === 'False' && began + firstReadiness > since;
}

/** Sorts Pods and their readings. */
export function sortFigures(
  pods: readonly Pod[],
  readings: ReadonlyMap<string, Reading>,
  resource: string,
  now: number,
): PodFigures {
  const used = new Map<string, number>();
  const unready: string[] = [];
  const missing: string[] = [];
  for (const pod of pods) {
    const { name = '', deletionTimestamp } = pod.metadata;
    const reading = readings.get(name);
    if (deletionTimestamp !== undefined || pod.status?.phase === 'Failed') continue;
    if (pod.status?.phase === 'Pending') unready.push(name);
    else if (reading === undefined) missing.push(name);
    else if (resource === 'cpu' && isUnready(pod, reading, now)) unready.push(name);
    else used.set(name, reading.value);
  }
  return { used, ready: used.size, unready, missing };
}

/** What each Pod asks for, in thousandths. Throws with the words of Kubernetes when a container asks for nothing. */
export function requestsOf(pods: readonly Pod[], resource: string, container: string | undefined): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    let sum = 0;
    for (const { name, resources } of [...spec.containers, ...sidecars]) {
      if (container !== undefined && name !== container) continue;
      const asked = resources?.requests?.[resource];
      if (asked === undefined)
        throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name ?? ''}`);
      sum += quantityMilliValue(asked);
    }
    requests.set(metadata.name ?? '', sum);
  }
  return requests;
}
