/** HorizontalPodAutoscalers between autoscaling/v2, in which they are stored, and v1, which knows one CPU target. */
import type { JsonObject, KubeObject } from '../../api/object.ts';
import { type Metric, metricFromV1, metricFromV2 } from './metric.ts';

/** Annotations in which v1 carries what its fields cannot say. */
const annotation = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): Metric[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The average utilization of a v2 metric when it is the plain CPU one, that v1 has a field for. */
function cpuUtilization(metric: Metric, part: 'target' | 'current'): number | undefined {
  const resource = objectOf(metric.resource);
  const value = objectOf(resource[part]).averageUtilization;
  return metric.type === 'Resource' && resource.name === 'cpu' && typeof value === 'number' ? value : undefined;
}

/** Splits off the first plain CPU metric. */
function takeCpu(metrics: Metric[], part: 'target' | 'current'): { cpu: number | undefined; others: Metric[] } {
  const index = metrics.findIndex((metric) => cpuUtilization(metric, part) !== undefined);
  const found = metrics[index];
  if (found === undefined) return { cpu: undefined, others: metrics };
  return { cpu: cpuUtilization(found, part), others: metrics.filter((_, at) => at !== index) };
}

function withAnnotations(object: KubeObject, annotations: Record<string, string>): KubeObject['metadata'] {
  const { annotations: _, ...metadata } = object.metadata;
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
}

/** API: the annotation says behaviour in names that begin with a capital, all of them, unset ones as null. */
function behaviorText(behavior: JsonObject): JsonObject {
  const rules = (given: unknown): JsonObject | null => {
    if (!isObject(given)) return null;
    const { stabilizationWindowSeconds = null, selectPolicy = null, policies, tolerance } = given;
    return {
      StabilizationWindowSeconds: stabilizationWindowSeconds,
      SelectPolicy: selectPolicy,
      Policies: listOf(policies).map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })),
      ...(tolerance === undefined ? {} : { Tolerance: tolerance }),
    };
  };
  return { ScaleUp: rules(behavior['scaleUp']), ScaleDown: rules(behavior['scaleDown']) };
}

/** Names as fields have them, without what is null, at every depth. */
function uncapitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncapitalized);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(
    fields.map(([name, one]) => [name.slice(0, 1).toLowerCase() + name.slice(1), uncapitalized(one)]),
  );
}

/** v2 → v1. */
export function autoscalerFromV2(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = objectOf(object.spec);
  const { currentMetrics, conditions, ...status } = objectOf(object.status);
  const wanted = takeCpu(listOf(metrics), 'target');
  const current = takeCpu(listOf(currentMetrics), 'current');
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const keep = (name: string, value: unknown): void => {
    annotations[name] = JSON.stringify(value);
  };
  if (wanted.others.length > 0)
    keep(
      annotation.metrics,
      wanted.others.map((one) => metricFromV2(one, 'target')),
    );
  if (current.others.length > 0) {
    keep(
      annotation.currentMetrics,
      current.others.map((one) => metricFromV2(one, 'current')),
    );
  }
  if (Array.isArray(conditions) && conditions.length > 0) keep(annotation.conditions, conditions);
  if (isObject(behavior)) keep(annotation.behavior, behaviorText(behavior));
  return {
    ...object,
    metadata: withAnnotations(object, annotations),
    spec: { ...spec, ...(wanted.cpu === undefined ? {} : { targetCPUUtilizationPercentage: wanted.cpu }) },
    status: {
      currentReplicas: 0,
      ...status,
      ...(current.cpu === undefined ? {} : { currentCPUUtilizationPercentage: current.cpu }),
    },
  };
}

/** Reads one annotation and removes it; what is no JSON counts as absent. */
function takeAnnotation(annotations: Record<string, string>, name: string): unknown {
  const text = annotations[name];
  if (text === undefined) return undefined;
  delete annotations[name];
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const cpuMetric = (part: 'target' | 'current', value: number): Metric => ({
  type: 'Resource',
  resource: {
    name: 'cpu',
    [part]: part === 'target' ? { type: 'Utilization', averageUtilization: value } : { averageUtilization: value },
  },
});

/** v1 → v2. */
export function autoscalerToV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = objectOf(object.spec);
  const { currentCPUUtilizationPercentage: used, ...status } = objectOf(object.status);
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const metrics = listOf(takeAnnotation(annotations, annotation.metrics)).map((one) => metricFromV1(one, 'target'));
  const current = listOf(takeAnnotation(annotations, annotation.currentMetrics)).map((one) =>
    metricFromV1(one, 'current'),
  );
  const conditions = takeAnnotation(annotations, annotation.conditions);
  const behavior = uncapitalized(takeAnnotation(annotations, annotation.behavior));
  // API: what v1 has a field for comes behind what it has not
  if (typeof target === 'number') metrics.push(cpuMetric('target', target));
  if (typeof used === 'number') current.push(cpuMetric('current', used));
  return {
    ...object,
    metadata: withAnnotations(object, annotations),
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(isObject(behavior) ? { behavior } : {}),
    },
    status: {
      ...status,
      currentMetrics: current.length === 0 ? null : current,
      ...(Array.isArray(conditions) ? { conditions } : {}),
    },
  };
}
