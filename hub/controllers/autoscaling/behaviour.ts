/** What becomes of a recommended number of replicas: windows that steady it, and rates that bound it. API: horizontal.go. */
import type {
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from '../../api/autoscaling.ts';

/** API: --horizontal-pod-autoscaler-downscale-stabilization, in seconds. */
const downWindow = 300;

/** A number at a time, in Unix milliseconds. */
export interface Dated {
  readonly count: number;
  readonly at: number;
}

/** What is remembered of one autoscaler. */
export interface Past {
  /** What was recommended. */
  recommended: readonly Dated[];
  /** By how many replicas it grew, and shrank. */
  grown: readonly Dated[];
  shrunk: readonly Dated[];
}

/** A state of a condition. */
export interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** What is wanted in the end, and the conditions that say why. */
export interface Decided {
  readonly replicas: number;
  readonly ableToScale: Verdict;
  readonly scalingLimited: Verdict;
}

interface Limit {
  readonly count: number;
  readonly reason: string;
  readonly message: string;
}

const tooMany = 'the desired replica count is more than the maximum replica count';
const tooFew = 'the desired replica count is less than the minimum replica count';
const tooFast = (what: string): string => `the desired replica count is ${what} faster than the maximum scale rate`;
const within = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };

const since = (dated: readonly Dated[], from: number): readonly Dated[] => dated.filter(({ at }) => at > from);
const sum = (dated: readonly Dated[]): number => dated.reduce((total, { count }) => total + count, 0);

/** Forgets what no window reaches back to: at most an hour (API). */
export function forgetOld(past: Past, now: number): void {
  const from = now - 3_600_000;
  past.recommended = since(past.recommended, from);
  past.grown = since(past.grown, from);
  past.shrunk = since(past.shrunk, from);
}

/** The recommendation, held against those of the windows. */
function steadied(
  { behavior }: HorizontalPodAutoscalerSpec,
  past: Past,
  now: { current: number; recommended: number; at: number },
): number {
  const { current, recommended, at } = now;
  const seconds = (rules: HPAScalingRules | undefined, usual: number): number =>
    rules?.stabilizationWindowSeconds ?? usual;
  const of = (window: number): number[] => since(past.recommended, at - window * 1000).map(({ count }) => count);
  const down = Math.max(recommended, ...of(seconds(behavior?.scaleDown, downWindow)));
  if (behavior === undefined) return down;
  const up = Math.min(recommended, ...of(seconds(behavior.scaleUp, 0)));
  return Math.min(Math.max(current, up), down);
}

/** Where the policies of one direction lead from `current`, by the strictest or the most generous of them. */
function reach(
  rules: HPAScalingRules | undefined,
  past: Past,
  now: { current: number; at: number },
  policy: (begin: number, one: HPAScalingPolicy) => number,
  choose: { Max: (...counts: number[]) => number; Min: (...counts: number[]) => number },
): number {
  if (rules?.selectPolicy === 'Disabled' || rules?.policies === undefined) return now.current;
  const counts = rules.policies.map((one) => {
    const from = now.at - one.periodSeconds * 1000;
    const begin = now.current - sum(since(past.grown, from)) + sum(since(past.shrunk, from));
    return policy(begin, one);
  });
  return rules.selectPolicy === 'Min' ? choose.Min(...counts) : choose.Max(...counts);
}

function mostGrown(
  behavior: HorizontalPodAutoscalerBehavior,
  past: Past,
  now: { current: number; at: number },
): number {
  const policy = (begin: number, { type, value }: HPAScalingPolicy): number =>
    type === 'Pods' ? begin + value : Math.ceil(begin * (1 + value / 100));
  return Math.max(now.current, reach(behavior.scaleUp, past, now, policy, { Max: Math.max, Min: Math.min }));
}

function mostShrunk(
  behavior: HorizontalPodAutoscalerBehavior,
  past: Past,
  now: { current: number; at: number },
): number {
  const policy = (begin: number, { type, value }: HPAScalingPolicy): number =>
    type === 'Pods' ? begin - value : Math.trunc(begin * (1 - value / 100));
  return Math.min(now.current, reach(behavior.scaleDown, past, now, policy, { Max: Math.min, Min: Math.max }));
}

/** The bounds of this step; without a behaviour growth is bounded to twice as many, or four. */
function limits(
  spec: HorizontalPodAutoscalerSpec,
  past: Past,
  now: { current: number; at: number },
): { most: Limit; least: Limit } {
  const { behavior, maxReplicas, minReplicas = 1 } = spec;
  const up = behavior === undefined ? Math.max(2 * now.current, 4) : mostGrown(behavior, past, now);
  const down = behavior === undefined ? 0 : mostShrunk(behavior, past, now);
  return {
    most:
      maxReplicas > up
        ? { count: up, reason: 'ScaleUpLimit', message: tooFast('increasing') }
        : { count: maxReplicas, reason: 'TooManyReplicas', message: tooMany },
    least:
      minReplicas < down
        ? { count: down, reason: 'ScaleDownLimit', message: tooFast('decreasing') }
        : { count: minReplicas, reason: 'TooFewReplicas', message: tooFew },
  };
}

/** What to do about a recommendation; it is remembered in `past`. */
export function decide(
  spec: HorizontalPodAutoscalerSpec,
  past: Past,
  now: { current: number; recommended: number; at: number },
): Decided {
  const { current, recommended, at } = now;
  const steady = steadied(spec, past, now);
  past.recommended = [...past.recommended, { count: recommended, at }];
  const highest = 'recent recommendations were higher than current one, applying the highest recent recommendation';
  const lowest = 'recent recommendations were lower than current one, applying the lowest recent recommendation';
  const rises = spec.behavior !== undefined && recommended >= current;
  const ableToScale: Verdict =
    steady === recommended
      ? { status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
      : rises
        ? { status: 'True', reason: 'ScaleUpStabilized', message: lowest }
        : { status: 'True', reason: 'ScaleDownStabilized', message: highest };
  const { most, least } = limits(spec, past, { current, at });
  const limit = steady > most.count ? most : steady < least.count ? least : undefined;
  const scalingLimited: Verdict =
    limit === undefined
      ? { status: 'False', ...within }
      : { status: 'True', reason: limit.reason, message: limit.message };
  return { replicas: limit?.count ?? steady, ableToScale, scalingLimited };
}
