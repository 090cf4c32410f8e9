/** How many replicas bring what Pods use to what is wanted. Pure. API: replica_calculator.go. */
import type { PodFigures } from './pod-figures.ts';

/** How far from 1 the ratio of use and target may be without consequence, below and above. */
export interface Tolerance {
  readonly down: number;
  readonly up: number;
}

/** How many, and what was measured: the mean in thousandths, for utilizations also in percent of the requests. */
export interface Counted {
  readonly replicas: number;
  readonly average: number;
  readonly utilization?: number;
}

/** What a ratio was made of. */
interface Measured {
  readonly ratio: number;
  readonly average: number;
  readonly utilization?: number;
}

const isWithin = ({ down, up }: Tolerance, ratio: number): boolean => ratio >= 1 - down && ratio <= 1 + up;

/** What all Pods use, as far as it is known and else as is most careful. */
function completed(figures: PodFigures, ratio: number, assumed: (pod: string) => number): Map<string, number> {
  const used = new Map(figures.used);
  if (ratio < 1) for (const pod of figures.missing) used.set(pod, assumed(pod));
  if (ratio > 1) for (const pod of [...figures.missing, ...figures.unready]) used.set(pod, 0);
  return used;
}

/**
 * The shared rule. `measure` makes a ratio of figures; `assumed` says what a Pod without a figure is taken to use while others ask for
 * fewer Pods. Those that start are taken to use nothing while others ask for more.
 */
function count(options: {
  current: number;
  figures: PodFigures;
  tolerance: Tolerance;
  measure: (used: ReadonlyMap<string, number>) => Measured;
  assumed: (pod: string) => number;
}): Counted {
  const { current, figures, tolerance, measure, assumed } = options;
  if (figures.used.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const { ratio, ...shown } = measure(figures.used);
  const grows = ratio > 1;
  const unready = grows ? figures.unready : [];
  if (unready.length === 0 && figures.missing.length === 0) {
    return { replicas: isWithin(tolerance, ratio) ? current : Math.ceil(ratio * figures.ready), ...shown };
  }
  const used = completed(figures, ratio, assumed);
  const again = measure(used).ratio;
  const turned = (ratio < 1 && again > 1) || (grows && again < 1);
  if (isWithin(tolerance, again) || turned) return { replicas: current, ...shown };
  const replicas = Math.ceil(again * used.size);
  const against = (again < 1 && replicas > current) || (again > 1 && replicas < current);
  return { replicas: against ? current : replicas, ...shown };
}

/** For a target in percent of what the Pods ask for. Throws with the words of Kubernetes when nothing can be said. */
export function countByUtilization(options: {
  current: number;
  /** Percent. */
  target: number;
  figures: PodFigures;
  /** By Pod, in thousandths. */
  requests: ReadonlyMap<string, number>;
  tolerance: Tolerance;
}): Counted {
  const { target, requests } = options;
  const measure = (used: ReadonlyMap<string, number>): Measured => {
    let sum = 0;
    let asked = 0;
    let pods = 0;
    for (const [pod, value] of used) {
      const request = requests.get(pod);
      if (request === undefined) continue;
      sum += value;
      asked += request;
      pods += 1;
    }
    if (asked === 0) throw new Error('no metrics returned matched known pods');
    const utilization = Math.trunc((sum * 100) / asked);
    return { ratio: utilization / target, utilization, average: Math.trunc(sum / pods) };
  };
  const assumed = (pod: string): number => Math.trunc(((requests.get(pod) ?? 0) * Math.max(100, target)) / 100);
  return count({ ...options, measure, assumed });
}

/** For a mean each Pod is to use; `target` in thousandths. */
export function countByAverage(options: {
  current: number;
  target: number;
  figures: PodFigures;
  tolerance: Tolerance;
}): Counted {
  const { target } = options;
  const measure = (used: ReadonlyMap<string, number>): Measured => {
    const average = Math.trunc([...used.values()].reduce((sum, value) => sum + value, 0) / used.size);
    return { ratio: average / target, average };
  };
  return count({ ...options, measure, assumed: () => target });
}
