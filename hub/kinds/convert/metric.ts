/** One metric of a HorizontalPodAutoscaler between its autoscaling/v2 form and the flat one v1 keeps in annotations. */
import type { JsonObject } from '../../api/object.ts';

/** A MetricSpec or MetricStatus: a type and the source of that name. */
export type Metric = JsonObject;

/** `target` of a specification, `current` of a status. */
type Part = 'target' | 'current';

/** The field of a metric's source, by its type. */
const sourceFields: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** An object without its undefined fields. */
const compact = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Names of the flat fields for one part; Object metrics say averageValue plainly. */
function flatNames(type: string, part: Part): { value: string; average: string; utilization: string } {
  return {
    value: `${part}Value`,
    average: type === 'Object' ? 'averageValue' : `${part}AverageValue`,
    utilization: `${part}AverageUtilization`,
  };
}

/** v2 → the flat form. */
export function metricFromV2(metric: Metric, part: Part): Metric {
  const type = String(metric.type);
  const field = sourceFields[type];
  if (field === undefined) return metric;
  const source = objectOf(metric[field]);
  const amount = objectOf(source[part]);
  const named = objectOf(source.metric);
  const names = flatNames(type, part);
  const flat = compact({
    name: source.name,
    container: source.container,
    target: source.describedObject,
    metricName: named.name,
    [type === 'External' ? 'metricSelector' : 'selector']: named.selector,
    [names.value]: amount.value,
    [names.average]: amount.averageValue,
    [names.utilization]: amount.averageUtilization,
  });
  return { type, [field]: flat };
}

/** What kind of target a flat metric has. */
function targetType(value: unknown, average: unknown): string {
  if (average !== undefined) return 'AverageValue';
  return value === undefined ? 'Utilization' : 'Value';
}

/** The flat form → v2. */
export function metricFromV1(metric: Metric, part: Part): Metric {
  const type = String(metric.type);
  const field = sourceFields[type];
  if (field === undefined) return metric;
  const flat = objectOf(metric[field]);
  const names = flatNames(type, part);
  const amount = compact({
    ...(part === 'target' ? { type: targetType(flat[names.value], flat[names.average]) } : {}),
    value: flat[names.value],
    averageValue: flat[names.average],
    averageUtilization: flat[names.utilization],
  });
  const selector = flat.metricSelector ?? flat.selector;
  const source = compact({
    name: flat.name,
    container: flat.container,
    describedObject: flat.target,
    metric: flat.metricName === undefined ? undefined : compact({ name: flat.metricName, selector }),
    [part]: amount,
  });
  return { type, [field]: source };
}
