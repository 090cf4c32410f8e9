/** What an autoscaler's status says. Pure. */
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from '../../api/autoscaling.ts';
import { timestamp } from '../../api/object.ts';
import type { Verdict } from './behaviour.ts';

/** The status after a look at the target; `at` is Unix milliseconds. */
export function autoscalerStatus(
  { metadata, status: before }: HorizontalPodAutoscaler,
  seen: {
    readonly current: number;
    readonly desired: number;
    readonly scaled: boolean;
    readonly metrics: readonly MetricStatus[];
    readonly conditions: ReadonlyMap<string, Verdict>;
    readonly at: number;
  },
): HorizontalPodAutoscalerStatus {
  const time = timestamp(seen.at);
  const scaledAt = seen.scaled ? time : before?.lastScaleTime;
  return {
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    ...(scaledAt === undefined ? {} : { lastScaleTime: scaledAt }),
    currentReplicas: seen.current,
    desiredReplicas: seen.desired,
    currentMetrics: [...seen.metrics],
    conditions: conditionsAfter(before?.conditions ?? [], seen.conditions, time),
  };
}

/** The conditions, those that were there first in their order; one that keeps its status keeps its time. */
function conditionsAfter(
  before: readonly HorizontalPodAutoscalerCondition[],
  now: ReadonlyMap<string, Verdict>,
  time: string,
): HorizontalPodAutoscalerCondition[] {
  const of = (type: string, verdict: Verdict, old: HorizontalPodAutoscalerCondition | undefined) => {
    const kept = old?.status === verdict.status ? old.lastTransitionTime : undefined;
    return {
      type,
      status: verdict.status,
      lastTransitionTime: kept ?? time,
      reason: verdict.reason,
      message: verdict.message,
    };
  };
  const known = before.map((old) => {
    const verdict = now.get(old.type);
    return verdict === undefined ? old : of(old.type, verdict, old);
  });
  const types = new Set(before.map(({ type }) => type));
  return [
    ...known,
    ...[...now].filter(([type]) => !types.has(type)).map(([type, verdict]) => of(type, verdict, undefined)),
  ];
}
