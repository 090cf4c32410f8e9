/** The HorizontalPodAutoscaler, as v2 keeps it and as v1 shows it. Its status belongs to the autoscaling controller. */
import type { HorizontalPodAutoscaler, HPAScalingPolicy, MetricSpec, MetricStatus } from '../../api/autoscaling.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none, someOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './validate-autoscaler.ts';

const utilization = 80;
const unknown = '<unknown>';
const shownMetrics = 2;
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';

interface OldAutoscaler extends KubeObject {
  spec?: {
    maxReplicas: number;
    minReplicas?: number;
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    targetCPUUtilizationPercentage?: number;
  };
  status?: { currentReplicas?: number; currentCPUUtilizationPercentage?: number };
}

const upPolicies = (): HPAScalingPolicy[] => [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const downPolicies = (): HPAScalingPolicy[] => [{ type: 'Percent', value: 100, periodSeconds: 15 }];

/** API: whoever says something of the behaviour gets the rest of it by default. */
function setDefaults(autoscaler: HorizontalPodAutoscaler): void {
  autoscaler.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { spec } = autoscaler;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) {
    const target = { type: 'Utilization', averageUtilization: utilization };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp ??= {};
  spec.behavior.scaleDown ??= {};
  const { scaleUp: up, scaleDown: down } = spec.behavior;
  up.stabilizationWindowSeconds ??= 0;
  up.policies ??= upPolicies();
  down.policies ??= downPolicies();
  up.selectPolicy ??= 'Max';
  down.selectPolicy ??= 'Max';
}

function setOldDefaults(autoscaler: OldAutoscaler): void {
  autoscaler.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  autoscaler.spec.minReplicas ??= 1;
  // API: metrics that v1 cannot say stand in this annotation; without them there is one, the CPU.
  if (autoscaler.metadata.annotations?.[metricsAnnotation] === undefined) {
    autoscaler.spec.targetCPUUtilizationPercentage ??= utilization;
  }
}

function metricCell(metric: MetricSpec, status: MetricStatus | undefined): string {
  const field = (metric.type.charAt(0).toLowerCase() + metric.type.slice(1)) as 'resource';
  const { target, name } = metric[field] ?? { target: { type: '' }, name: '' };
  const current = status?.[field]?.current;
  const prefix = field === 'resource' || (field as string) === 'containerResource' ? `${name}: ` : '';
  if (target.averageValue !== undefined) {
    const mean = (field as string) === 'external' || (field as string) === 'object' ? ' (avg)' : '';
    return `${prefix}${current?.averageValue ?? unknown}/${target.averageValue}${mean}`;
  }
  if (prefix !== '') {
    const now = current?.averageUtilization;
    const goal = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
    return `${prefix}${now === undefined ? unknown : `${now}%`}/${goal}`;
  }
  return `${current?.value ?? unknown}/${target.value ?? ''}`;
}

function metricsCell(autoscaler: HorizontalPodAutoscaler): string {
  const metrics = autoscaler.spec?.metrics ?? [];
  if (metrics.length === 0) return none;
  const statuses = autoscaler.status?.currentMetrics ?? [];
  const shown = metrics.slice(0, shownMetrics).map((metric, index) => metricCell(metric, statuses[index]));
  return someOf(shown, metrics.length, shownMetrics, ', ');
}

function cells(autoscaler: HorizontalPodAutoscaler, now: number, metrics = metricsCell(autoscaler)): TableCell[] {
  const target = autoscaler.spec?.scaleTargetRef;
  return [
    nameCell(autoscaler),
    `${target?.kind ?? ''}/${target?.name ?? ''}`,
    metrics,
    String(autoscaler.spec?.minReplicas ?? '<unset>'),
    autoscaler.spec?.maxReplicas ?? 0,
    autoscaler.status?.currentReplicas ?? 0,
    ageCell(autoscaler, now),
  ];
}

function oldCells(autoscaler: OldAutoscaler, now: number): TableCell[] {
  const goal = autoscaler.spec?.targetCPUUtilizationPercentage;
  const current = autoscaler.status?.currentCPUUtilizationPercentage;
  const metrics = goal === undefined ? none : `cpu: ${current === undefined ? unknown : `${current}%`}/${goal}%`;
  return cells(asNew(autoscaler), now, metrics);
}

/** What both versions have in common has the same place. */
const asNew = (autoscaler: OldAutoscaler): HorizontalPodAutoscaler => autoscaler as unknown as HorizontalPodAutoscaler;

const shared = { hasStatus: true, columns: columnsOf('horizontalPodAutoscaler') };

/** The strategy of HorizontalPodAutoscalers in autoscaling/v2. */
export const autoscalerStrategy: Strategy = plainStrategy<HorizontalPodAutoscaler>({
  ...shared,
  newStatus: () => ({ desiredReplicas: 0, currentMetrics: null }),
  setDefaults,
  validateCreate: (autoscaler) => validateAutoscaler(autoscaler),
  validateUpdate: validateAutoscaler,
  validateStatusUpdate: validateAutoscalerStatus,
  cells: (autoscaler, now) => cells(autoscaler, now),
});

/** The strategy of HorizontalPodAutoscalers in autoscaling/v1. */
export const oldAutoscalerStrategy: Strategy = plainStrategy<OldAutoscaler>({
  ...shared,
  newStatus: () => ({ currentReplicas: 0, desiredReplicas: 0 }),
  setDefaults: setOldDefaults,
  validateCreate: (autoscaler) => validateAutoscaler(asNew(autoscaler)),
  validateUpdate: (autoscaler, old) => validateAutoscaler(asNew(autoscaler), asNew(old)),
  validateStatusUpdate: (autoscaler) => validateAutoscalerStatus(asNew(autoscaler)),
  cells: oldCells,
});
