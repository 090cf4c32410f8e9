/** The autoscaler at work on a registry: a target grows, and what is wrong is told. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HorizontalPodAutoscaler } from '../../../hub/api/autoscaling.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { deployments, events, horizontalPodAutoscalers, namespaces, pods } from '../../../hub/api/resource.ts';
import type { PodMetrics } from '../../../hub/api/resource-metrics.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createAutoscalerController } from '../../../hub/controllers/autoscaling/autoscaler.ts';
import { createContext } from '../../../hub/controllers/context.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const start = Date.parse('2026-03-01T12:00:00Z');
const at = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

interface Scene {
  registry: Registry;
  clock: ManualClock;
  /** CPU of the one Pod. */
  use: { cpu: string };
  replicas(): number;
  autoscaler(): HorizontalPodAutoscaler | undefined;
}

async function scene(test: TestContext): Promise<Scene> {
  const clock = manualClock(start);
  const registry = await openTestRegistry(test, { clock });
  const use = { cpu: '200m' };
  const metrics = (): PodMetrics[] => [
    {
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: 'web-1' },
      timestamp: at(clock.now()),
      window: '30s',
      containers: [{ name: 'main', usage: { cpu: use.cpu } }],
    },
  ];
  const context = createContext({ registry, clock, log: silentLog, random: Math.random });
  const controller = createAutoscalerController(context, metrics);
  await controller.start?.();
  test.after(() => controller.stop?.());
  const create = (ref: typeof pods, object: object) =>
    registry.create(ref, ref === namespaces ? '' : 'default', object as never, asAdmin);
  await create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  const labels = { app: 'web' };
  const container = { name: 'main', image: 'web', resources: { requests: { cpu: '100m' } } };
  await create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
  const pod = podObject('web-1', { containers: [container] });
  await create(pods, { ...pod, metadata: { ...pod.metadata, labels } });
  await registry.modify(
    pods,
    'default',
    'web-1',
    (object) => {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: at(start - 3_000_000) }];
      Object.assign(object, { status: { phase: 'Running', startTime: at(start - 3_600_000), conditions } });
    },
    { ...asAdmin, subresource: 'status' },
  );
  return {
    registry,
    clock,
    use,
    replicas: () =>
      registry.get(deployments, 'default', 'web')?.object<{ spec: { replicas: number } }>().spec.replicas ?? 0,
    autoscaler: () => registry.get(horizontalPodAutoscalers, 'default', 'web')?.object<HorizontalPodAutoscaler>(),
  };
}

const scaling = (target: string) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target }, maxReplicas: 6 },
});

const condition = (one: HorizontalPodAutoscaler | undefined, type: string): string | undefined =>
  one?.status?.conditions?.find((each) => each.type === type)?.reason;

test('a workload grows with its use, shrinks when that was low for long, and its status says why', async (context) => {
  const { registry, clock, use, replicas, autoscaler } = await scene(context);
  await registry.create(horizontalPodAutoscalers, 'default', scaling('web') as never, asAdmin);
  assert.equal(replicas(), 1);
  await eventually('three replicas', () => {
    clock.advance(15_000);
    return replicas() === 3;
  });
  await eventually('its status', () => autoscaler()?.status?.desiredReplicas === 3);
  assert.deepEqual(autoscaler()?.status?.currentMetrics, [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 200, averageValue: '200m' } } },
  ]);
  assert.equal(condition(autoscaler(), 'AbleToScale'), 'SucceededRescale');
  await eventually('an event', () =>
    [...registry.entries(events, 'default')].some(
      (entry) => entry.object<{ reason: string }>().reason === 'SuccessfulRescale',
    ),
  );
  use.cpu = '10m';
  clock.advance(15_000);
  await eventually(
    'what was recommended holds',
    () => condition(autoscaler(), 'AbleToScale') === 'ScaleDownStabilized',
  );
  assert.equal(replicas(), 3);
  await eventually('fewer replicas', () => {
    clock.advance(15_000);
    return replicas() === 1;
  });
  assert.ok(clock.now() - start >= 300_000);
});

test('a target that is not there is told, and looked for again', async (context) => {
  const { registry, clock, autoscaler } = await scene(context);
  await registry.create(horizontalPodAutoscalers, 'default', scaling('other') as never, asAdmin);
  await eventually('the reason', () => {
    clock.advance(15_000);
    return condition(autoscaler(), 'AbleToScale') === 'FailedGetScale';
  });
  const [told] = autoscaler()?.status?.conditions ?? [];
  assert.match(told?.message ?? '', /unable to get the target's current scale: deployments.apps "other" not found/);
});

test('bounds come before metrics, and a target of zero is left alone', async (context) => {
  const { registry, clock, replicas, autoscaler } = await scene(context);
  const set = (count: number) =>
    registry.modify<KubeObject & { spec: { replicas: number } }>(
      deployments,
      'default',
      'web',
      (object) => {
        object.spec.replicas = count;
      },
      asAdmin,
    );
  await set(9);
  await registry.create(horizontalPodAutoscalers, 'default', scaling('web') as never, asAdmin);
  await eventually('no more than the most', () => {
    clock.advance(15_000);
    return replicas() === 6;
  });
  await set(0);
  await eventually('the reason', () => {
    clock.advance(15_000);
    return condition(autoscaler(), 'ScalingActive') === 'ScalingDisabled';
  });
  assert.equal(replicas(), 0);
});
