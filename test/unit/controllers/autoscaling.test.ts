/** What autoscalers work out: readings, counts, windows and rates. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HorizontalPodAutoscalerSpec } from '../../../hub/api/autoscaling.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { PodMetrics } from '../../../hub/api/resource-metrics.ts';
import { decide, type Past } from '../../../hub/controllers/autoscaling/behaviour.ts';
import { readingsOf, requestsOf, sortFigures } from '../../../hub/controllers/autoscaling/pod-figures.ts';
import { propose } from '../../../hub/controllers/autoscaling/proposal.ts';
import { countByAverage, countByUtilization } from '../../../hub/controllers/autoscaling/replica-count.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString();

/** A Pod that asks for 100m and has been ready for an hour, unless said otherwise. */
function pod(
  name: string,
  more: { phase?: string; ready?: string; since?: number; began?: number; cpu?: string } = {},
): Pod {
  const { phase = 'Running', ready = 'True', since = 3600, began = 3600, cpu = '100m' } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i', resources: cpu === '' ? {} : { requests: { cpu } } }] },
    status: {
      phase,
      startTime: at(began),
      conditions: [{ type: 'Ready', status: ready, lastTransitionTime: at(since) }],
    },
  } as unknown as Pod;
}

const uses = (name: string, cpu: string, extra: Record<string, string> = {}): PodMetrics => ({
  kind: 'PodMetrics',
  apiVersion: 'metrics.k8s.io/v1beta1',
  metadata: { name, namespace: 'default' },
  timestamp: at(10),
  window: '30s',
  containers: [
    { name: 'c', usage: { cpu, memory: '10Mi' } },
    ...(extra['sidecar'] ? [{ name: 's', usage: { cpu: extra['sidecar'] } }] : []),
  ],
});

const tolerance = { up: 0.1, down: 0.1 };
const figures = (used: Record<string, number>, unready: string[] = [], missing: string[] = []) => ({
  used: new Map(Object.entries(used)),
  ready: Object.keys(used).length,
  unready,
  missing,
});

describe('figures of Pods', () => {
  it('are sums over containers, or those of one', () => {
    const metrics = [uses('a', '50m', { sidecar: '20m' }), uses('b', '1')];
    assert.deepEqual(
      [...readingsOf(metrics, 'cpu', undefined)].map(([name, { value }]) => [name, value]),
      [
        ['a', 70],
        ['b', 1000],
      ],
    );
    assert.deepEqual(
      [...readingsOf(metrics, 'cpu', 's')].map(([name, { value, window }]) => [name, value, window]),
      [['a', 20, 30_000]],
    );
    // a container without a figure: the Pod has none
    assert.deepEqual([...readingsOf(metrics, 'memory', undefined).keys()], ['b']);
  });

  it('count when the Pod has long been ready, and not while it starts, fails or ends', () => {
    const pods = [
      pod('long'),
      pod('pending', { phase: 'Pending' }),
      pod('failed', { phase: 'Failed' }),
      pod('unknown'),
      pod('new', { began: 60, since: 20 }),
      pod('young', { began: 120, since: 100 }),
      pod('never-ready', { ready: 'False', began: 3600, since: 3590 }),
      pod('lost-it', { ready: 'False', began: 3600, since: 1000 }),
      { ...pod('ends'), metadata: { name: 'ends', deletionTimestamp: at(1) } },
    ];
    const metrics = pods
      .filter(({ metadata }) => metadata.name !== 'unknown')
      .map(({ metadata }) => uses(metadata.name ?? '', '10m'));
    const sorted = sortFigures(pods, readingsOf(metrics, 'cpu', undefined), 'cpu', now);
    assert.deepEqual([...sorted.used.keys()], ['long', 'young', 'lost-it']);
    assert.deepEqual(sorted.unready, ['pending', 'new', 'never-ready']);
    assert.deepEqual(sorted.missing, ['unknown']);
  });

  it('need requests where they are a share of them', () => {
    assert.deepEqual([...requestsOf([pod('a')], 'cpu', undefined)], [['a', 100]]);
    assert.throws(
      () => requestsOf([pod('a', { cpu: '' })], 'cpu', undefined),
      /missing request for cpu in container c of Pod a/,
    );
  });
});

describe('the number of replicas', () => {
  const requests = new Map(['a', 'b', 'c', 'd'].map((name) => [name, 100]));
  const byUtilization = (current: number, target: number, of: ReturnType<typeof figures>) =>
    countByUtilization({ current, target, figures: of, requests, tolerance });

  it('follows the utilization, up and down', () => {
    assert.deepEqual(byUtilization(2, 50, figures({ a: 100, b: 100 })), {
      replicas: 4,
      utilization: 100,
      average: 100,
    });
    assert.deepEqual(byUtilization(2, 50, figures({ a: 10, b: 10 })), { replicas: 1, utilization: 10, average: 10 });
  });

  it('stays within the tolerance', () => {
    assert.equal(byUtilization(2, 50, figures({ a: 54, b: 55 })).replicas, 2);
    assert.equal(byUtilization(2, 50, figures({ a: 56, b: 56 })).replicas, 3);
  });

  it('takes Pods that start for idle when it grows, and never turns round for it', () => {
    assert.equal(byUtilization(2, 50, figures({ a: 200 }, ['b'])).replicas, 4);
    assert.equal(byUtilization(3, 50, figures({ a: 90 }, ['b', 'c'])).replicas, 3);
  });

  it('takes Pods nobody knows of for busy when it shrinks, and for idle when it grows', () => {
    assert.equal(byUtilization(2, 50, figures({ a: 10 }, [], ['b'])).replicas, 2);
    assert.equal(byUtilization(3, 50, figures({ a: 10, b: 10 }, [], ['c'])).replicas, 3);
    assert.equal(byUtilization(2, 50, figures({ a: 150 }, [], ['b'])).replicas, 3);
  });

  it('follows a mean each Pod is to use', () => {
    const count = (current: number, of: ReturnType<typeof figures>) =>
      countByAverage({ current, target: 100, figures: of, tolerance });
    assert.deepEqual(count(2, figures({ a: 150, b: 250 })), { replicas: 4, average: 200 });
    assert.deepEqual(count(4, figures({ a: 20, b: 20, c: 20, d: 20 })), { replicas: 1, average: 20 });
  });

  it('cannot be told without figures', () => {
    assert.throws(() => byUtilization(2, 50, figures({}, ['a'])), /did not receive metrics for targeted pods/);
  });
});

describe('a proposal', () => {
  const target = { kind: 'Deployment', name: 'web' };
  const cpu = (percent: number) => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
  });
  const spec = (metrics: HorizontalPodAutoscalerSpec['metrics']): HorizontalPodAutoscalerSpec => ({
    scaleTargetRef: target,
    maxReplicas: 10,
    ...(metrics === undefined ? {} : { metrics }),
  });
  const observed = { current: 2, pods: [pod('a'), pod('b')], metrics: [uses('a', '100m'), uses('b', '100m')], now };

  it('is the highest of all metrics, with what each showed', () => {
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '20Mi' } },
    };
    const proposal = propose(spec([memory, cpu(50)]), observed);
    assert.equal(proposal.replicas, 4);
    assert.equal(proposal.metric, 'cpu resource utilization (percentage of request)');
    assert.deepEqual(proposal.statuses, [
      { type: 'Resource', resource: { name: 'memory', current: { averageValue: '10Mi' } } },
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '100m' } } },
    ]);
    assert.equal(proposal.scalingActive.reason, 'ValidMetricFound');
  });

  it('does not shrink while a metric is unknown, and grows all the same', () => {
    const pods = {
      type: 'Pods',
      pods: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '1' } },
    };
    assert.equal(propose(spec([pods, cpu(50)]), observed).replicas, 4);
    const shrinking = propose(spec([pods, cpu(500)]), observed);
    assert.equal(shrinking.replicas, undefined);
    assert.equal(shrinking.scalingActive.reason, 'FailedGetPodsMetric');
    assert.match(
      shrinking.failure ?? '',
      /^invalid metrics \(1 invalid out of 2\), first error is: failed to get pods metric value: /,
    );
  });

  it('says in the words of Kubernetes that nobody measures', () => {
    const proposal = propose(spec([cpu(50)]), { ...observed, metrics: [] });
    assert.deepEqual(proposal.troubles, [
      {
        reason: 'FailedGetResourceMetric',
        message:
          'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      },
    ]);
    assert.equal(proposal.scalingActive.status, 'False');
  });
});

describe('a decision', () => {
  const past = (
    recommended: [number, number][] = [],
    grown: [number, number][] = [],
    shrunk: [number, number][] = [],
  ): Past => {
    const dated = (list: [number, number][]) => list.map(([count, ago]) => ({ count, at: now - ago * 1000 }));
    return { recommended: dated(recommended), grown: dated(grown), shrunk: dated(shrunk) };
  };
  const bounds = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 20 };
  const decided = (
    spec: Omit<HorizontalPodAutoscalerSpec, 'scaleTargetRef' | 'maxReplicas'>,
    before: Past,
    current: number,
    recommended: number,
  ) => decide({ ...bounds, ...spec }, before, { current, recommended, at: now });

  it('shrinks only to the most that was recommended in five minutes', () => {
    const held = decided(
      {},
      past([
        [6, 200],
        [9, 400],
      ]),
      8,
      2,
    );
    assert.deepEqual(
      [held.replicas, held.ableToScale.reason, held.scalingLimited.reason],
      [6, 'ScaleDownStabilized', 'DesiredWithinRange'],
    );
    assert.equal(decided({}, past([[6, 301]]), 8, 2).replicas, 2);
  });

  it('grows at most to twice as many, or four, and stays within its bounds', () => {
    const fast = decided({}, past(), 3, 19);
    assert.deepEqual(
      [fast.replicas, fast.scalingLimited.status, fast.scalingLimited.reason],
      [6, 'True', 'ScaleUpLimit'],
    );
    assert.equal(decided({}, past(), 1, 19).replicas, 4);
    assert.deepEqual(decided({}, past(), 15, 40).scalingLimited.reason, 'TooManyReplicas');
    assert.deepEqual(decided({ minReplicas: 3 }, past(), 5, 1).scalingLimited.reason, 'TooFewReplicas');
  });

  const up = (more: object = {}) => ({
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
        ...more,
      },
      scaleDown: {
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
        stabilizationWindowSeconds: 0,
      },
    },
  });

  it('follows the policies of a behaviour', () => {
    assert.equal(decided(up(), past(), 2, 20).replicas, 6);
    assert.equal(decided(up(), past(), 8, 20).replicas, 16);
    assert.equal(decided(up({ selectPolicy: 'Min' }), past(), 8, 20).replicas, 12);
    assert.equal(decided(up({ selectPolicy: 'Disabled' }), past(), 8, 20).replicas, 8);
    // four of them were added five seconds ago: the period began with four
    assert.equal(decided(up(), past([], [[4, 5]]), 8, 20).replicas, 8);
    const shrunk = decided(up(), past(), 8, 1);
    assert.deepEqual([shrunk.replicas, shrunk.scalingLimited.reason], [4, 'ScaleDownLimit']);
    assert.equal(decided(up(), past([], [], [[4, 30]]), 4, 1).replicas, 4);
  });

  it('grows only to the least that was recommended in its window', () => {
    const held = decided(up({ stabilizationWindowSeconds: 60 }), past([[5, 30]]), 4, 8);
    assert.deepEqual([held.replicas, held.ableToScale.reason], [5, 'ScaleUpStabilized']);
  });
});
