/** From the metrics of an autoscaler to a number of replicas. Pure. API: computeReplicasForMetrics. */
import type {
  HorizontalPodAutoscalerSpec,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../api/autoscaling.ts';
import { formatQuantity } from '../../api/exact-quantity.ts';
import type { Pod } from '../../api/pod.ts';
import { parseQuantity, quantityMilliValue } from '../../api/quantity.ts';
import type { PodMetrics } from '../../api/resource-metrics.ts';
import type { Verdict } from './behaviour.ts';
import { readingsOf, requestsOf, sortFigures } from './pod-figures.ts';
import { countByAverage, countByUtilization, type Counted, type Tolerance } from './replica-count.ts';

/** API: --horizontal-pod-autoscaler-tolerance. */
const usualTolerance = 0.1;

/** What the numbers are worked out from. */
export interface Observed {
  readonly current: number;
  /** Those the target's selector selects. */
  readonly pods: readonly Pod[];
  readonly metrics: readonly PodMetrics[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** A Warning that is to be told. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
}

/** What came of all metrics. Without `replicas` nothing can be done. */
export interface Proposal {
  readonly replicas?: number;
  /** The metric that asked for the most. */
  readonly metric: string;
  readonly statuses: readonly MetricStatus[];
  readonly scalingActive: Verdict;
  readonly troubles: readonly Trouble[];
  /** The sum of what went wrong. */
  readonly failure?: string;
}

/** One metric's proposal. */
interface One {
  readonly replicas: number;
  readonly metric: string;
  readonly status: MetricStatus;
}

/** A metric that says nothing: the reason of the condition, and the words of the condition and of the sum. */
class Unknowable extends Error {
  readonly reason: string;
  readonly inner: string;

  constructor(reason: string, inner: string, outer: string) {
    super(outer);
    this.reason = reason;
    this.inner = inner;
  }
}

function amount(thousandths: number, resource: string): string {
  const nano = BigInt(Math.trunc(thousandths)) * 1_000_000n;
  return formatQuantity({ nano, format: resource === 'memory' ? 'BinarySI' : 'DecimalSI' });
}

function toleranceOf({ behavior }: HorizontalPodAutoscalerSpec): Tolerance {
  const of = (text: string | undefined): number =>
    (text === undefined ? undefined : parseQuantity(text)) ?? usualTolerance;
  return { up: of(behavior?.scaleUp?.tolerance), down: of(behavior?.scaleDown?.tolerance) };
}

/** The resource, and the container where only one counts. */
interface Source {
  readonly name: string;
  readonly container: string | undefined;
  readonly target: MetricTarget;
}

function ofResource(
  spec: HorizontalPodAutoscalerSpec,
  source: Source,
  observed: Observed,
): Counted & { metric: string } {
  const { name, container, target } = source;
  const { current, pods, metrics, now } = observed;
  const tolerance = toleranceOf(spec);
  const figures = () => {
    const readings = readingsOf(metrics, name, container);
    if (readings.size === 0)
      throw new Error(`unable to get metrics for resource ${name}: no metrics returned from resource metrics API`);
    if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
    return sortFigures(pods, readings, name, now);
  };
  if (target.averageValue !== undefined) {
    const wanted = quantityMilliValue(target.averageValue);
    return prefixed(`failed to get ${name} usage`, () => ({
      ...countByAverage({ current, target: wanted, figures: figures(), tolerance }),
      metric: `${name} resource`,
    }));
  }
  const percent = target.averageUtilization;
  if (percent === undefined) {
    throw new Error(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  }
  return prefixed(`failed to get ${name} utilization`, () => {
    const sorted = figures();
    const requests = requestsOf(pods, name, container);
    return {
      ...countByUtilization({ current, target: percent, figures: sorted, requests, tolerance }),
      metric: `${name} resource utilization (percentage of request)`,
    };
  });
}

function prefixed<T>(words: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${words}: ${(error as Error).message}`, { cause: error });
  }
}

function shownValue({ average, utilization }: Counted, resource: string): MetricValueStatus {
  const averageValue = amount(average, resource);
  return utilization === undefined ? { averageValue } : { averageUtilization: utilization, averageValue };
}

/** Metrics that others than the nodes would have to tell. */
const elsewhere: Readonly<Record<string, { reason: string; api: string; words: string }>> = {
  Pods: { reason: 'FailedGetPodsMetric', api: 'custom', words: 'failed to get pods metric value' },
  Object: { reason: 'FailedGetObjectMetric', api: 'custom', words: 'failed to get object metric value' },
  External: { reason: 'FailedGetExternalMetric', api: 'external', words: 'failed to get external metric value' },
};

function proposalOf(spec: HorizontalPodAutoscalerSpec, metric: MetricSpec, observed: Observed): One {
  const resource = metric.type === 'Resource' ? metric.resource : metric.containerResource;
  if (resource === undefined) {
    const { reason, api, words } = elsewhere[metric.type] ?? { reason: 'InvalidMetricSourceType', api: '', words: '' };
    const name = (metric.pods ?? metric.object ?? metric.external)?.metric.name ?? '';
    const inner =
      api === ''
        ? `unknown metric source type ${JSON.stringify(metric.type)}`
        : `unable to get metric ${name}: unable to fetch metrics from ${api} metrics API: no ${api}.metrics.k8s.io API is registered`;
    throw new Unknowable(reason, inner, words === '' ? inner : `${words}: ${inner}`);
  }
  const container = metric.type === 'Resource' ? undefined : metric.containerResource?.container;
  try {
    const counted = ofResource(spec, { ...resource, container }, observed);
    const current = shownValue(counted, resource.name);
    const { name } = resource;
    const status: MetricStatus =
      container === undefined
        ? { type: 'Resource', resource: { name, current } }
        : { type: 'ContainerResource', containerResource: { container, name, current } };
    return { replicas: counted.replicas, metric: counted.metric, status };
  } catch (error) {
    const inner = (error as Error).message;
    const kind = container === undefined ? 'resource' : 'container';
    const reason = container === undefined ? 'FailedGetResourceMetric' : 'FailedGetContainerResourceMetric';
    throw new Unknowable(reason, inner, `failed to get ${resource.name} ${kind} metric value: ${inner}`);
  }
}

/** The highest number any metric asks for. API: while one of them is unknown, nothing shrinks. */
export function propose(spec: HorizontalPodAutoscalerSpec, observed: Observed): Proposal {
  const metrics = spec.metrics ?? [];
  let best: One | undefined;
  const statuses: MetricStatus[] = [];
  const failures: Unknowable[] = [];
  for (const metric of metrics) {
    try {
      const one = proposalOf(spec, metric, observed);
      statuses.push(one.status);
      if (best === undefined || one.replicas > best.replicas) best = one;
    } catch (error) {
      if (!(error instanceof Unknowable)) throw error;
      failures.push(error);
    }
  }
  const troubles = failures.map(({ reason, inner }) => ({ reason, message: inner }));
  const [first] = failures;
  const failure =
    first === undefined
      ? {}
      : {
          failure: `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.message}`,
        };
  if (best === undefined || (first !== undefined && best.replicas < observed.current)) {
    const message = `the HPA was unable to compute the replica count: ${first?.inner ?? 'it has no metrics'}`;
    const scalingActive: Verdict = { status: 'False', reason: first?.reason ?? 'InvalidMetricSourceType', message };
    return { metric: '', statuses, scalingActive, troubles, ...failure };
  }
  const message = `the HPA was able to successfully calculate a replica count from ${best.metric}`;
  return {
    replicas: best.replicas,
    metric: best.metric,
    statuses,
    scalingActive: { status: 'True', reason: 'ValidMetricFound', message },
    troubles,
    ...failure,
  };
}
