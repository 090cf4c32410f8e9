/** Who has to go so that a more important Pod can come: as few as possible, the least important, budgets kept where they can be. */

/** A Pod that may be made to go. `started`: Unix milliseconds. */
export interface Removable {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly started: number;
}

/** A disruption budget as it stands. */
export interface Budget {
  readonly namespace: string;
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
  readonly allowed: number;
  /** Names of Pods whose going is in `allowed` already. */
  readonly disrupted: ReadonlySet<string>;
}

/** One node on trial: Pods are taken away and put back, and the question is asked whether the newcomer fits. */
export interface Trial<T> {
  lift(pod: T): void;
  restore(pod: T): void;
  fits(): boolean;
}

/** Who would have to go from one node. */
export interface Candidate<T extends Removable> {
  readonly node: string;
  /** The most important first. */
  readonly victims: readonly T[];
  /** How many of them their budgets would keep. */
  readonly violations: number;
}

/** Negative when `a` matters more than `b`. API: higher priority, then longer running. */
function byImportance(a: Removable, b: Removable): number {
  return b.priority - a.priority || a.started - b.started;
}

/** Those whose going a budget does not allow, if all of `pods` went in this order. */
export function kept<T extends Removable>(pods: readonly T[], budgets: readonly Budget[]): ReadonlySet<T> {
  const left = budgets.map((budget) => budget.allowed);
  const found = new Set<T>();
  for (const pod of pods) {
    budgets.forEach((budget, at) => {
      if (budget.namespace !== pod.namespace || budget.disrupted.has(pod.name) || !budget.matches(pod.labels)) return;
      left[at] = (left[at] ?? 0) - 1;
      if ((left[at] ?? 0) < 0) found.add(pod);
    });
  }
  return found;
}

/**
 * The fewest that must go from a node out of `lower`, all of lower priority: all are taken away, then put back one by
 * one, those kept by budgets and the important ones first, as long as the newcomer still fits. Undefined when it
 * would not fit even alone. The trial ends with the victims taken away.
 */
export function victimsOn<T extends Removable>(
  node: string,
  lower: readonly T[],
  budgets: readonly Budget[],
  trial: Trial<T>,
): Candidate<T> | undefined {
  for (const pod of lower) trial.lift(pod);
  if (lower.length === 0 || !trial.fits()) return undefined;
  const sorted = [...lower].sort(byImportance);
  const guarded = kept(sorted, budgets);
  const victims: T[] = [];
  let violations = 0;
  for (const pod of [...sorted.filter((one) => guarded.has(one)), ...sorted.filter((one) => !guarded.has(one))]) {
    trial.restore(pod);
    if (trial.fits()) continue;
    trial.lift(pod);
    victims.push(pod);
    if (guarded.has(pod)) violations++;
  }
  return { node, victims: victims.sort(byImportance), violations };
}

/** What is compared between two nodes, in this order; smaller is better. */
const costs: readonly (<T extends Removable>(candidate: Candidate<T>) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
  // negative priorities must not make many victims look cheaper than few
  ({ victims }) => victims.reduce((sum, one) => sum + one.priority + 2 ** 31, 0),
  ({ victims }) => victims.length,
  ({ victims }) => {
    const top = victims.filter((one) => one.priority === victims[0]?.priority);
    return -Math.min(...top.map((one) => one.started));
  },
];

/** The node where it hurts least. API: fewest budgets broken, least important victims, lowest sum, fewest, youngest. */
export function leastHarm<T extends Removable>(candidates: readonly Candidate<T>[]): Candidate<T> | undefined {
  let best = candidates[0];
  for (const candidate of candidates.slice(1)) {
    if (best === undefined) return candidate;
    for (const cost of costs) {
      const difference = cost(candidate) - cost(best);
      if (difference < 0) best = candidate;
      if (difference !== 0) break;
    }
  }
  return best;
}
