/** Important Pods that find no room, on a whole control plane with played nodes. After sig-scheduling preemption.go. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Event } from '../../../hub/api/config.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod, PodSpec } from '../../../hub/api/pod.ts';
import { events, nodes, podDisruptionBudgets, pods, replicaSets } from '../../../hub/api/resource.ts';
import type { ReplicaSet } from '../../../hub/api/workload.ts';
import { type ControlPlane, controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';

const foo = 'example.com/foo';

/** Nodes that have five `foo` each, said in their capacity only. */
async function prepared(test: TestContext, count: number): Promise<ControlPlane> {
  const plane = await controlPlane(test, { nodes: count });
  for (const { name } of [...plane.registry.entries(nodes)]) {
    const grow = (node: { status?: unknown }): void => {
      const status = node.status as { capacity: Record<string, string> };
      node.status = { ...status, capacity: { ...status.capacity, [foo]: '5' } };
    };
    await plane.registry.modify(nodes, '', name, grow, { ...asAdmin, subresource: 'status' });
  }
  return plane;
}

function specOf(priority: number, amount: number, more: Partial<PodSpec> = {}): PodSpec {
  const resources = { requests: { [foo]: String(amount) }, limits: { [foo]: String(amount) } };
  return { containers: [{ name: 'c', image: 'busybox', resources }], priority, ...more };
}

function newPod(name: string, spec: PodSpec, labels: Record<string, string> = { name }): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

const podOf = (plane: ControlPlane, name: string) => plane.registry.get(pods, 'default', name)?.object<Pod>();
const runs = (plane: ControlPlane, name: string) =>
  eventually(`${name} runs`, () => podOf(plane, name)?.status?.phase === 'Running');

test('the least important Pod makes room, says why, and the newcomer gets its place', async (test) => {
  const plane = await prepared(test, 2);
  for (const [name, priority] of [
    ['low', 1],
    ['middle', 2],
  ] as const) {
    await plane.create(pods, newPod(name, specOf(priority, 4)));
    await runs(plane, name);
  }
  const place = podOf(plane, 'low')?.spec.nodeName;
  const held = (pod: Pod): void => {
    pod.metadata.finalizers = ['example.com/test'];
  };
  await plane.registry.modify<Pod>(pods, 'default', 'low', held, asAdmin);
  await plane.create(pods, newPod('high', specOf(3, 4)));
  await eventually('low is on its way out', () => podOf(plane, 'low')?.metadata.deletionTimestamp !== undefined);
  const condition = podOf(plane, 'low')?.status?.conditions?.find((one) => one.type === 'DisruptionTarget');
  assert.deepEqual([condition?.status, condition?.reason], ['True', 'PreemptionByScheduler']);
  await eventually('high has a promise', () => podOf(plane, 'high')?.status?.nominatedNodeName === place);
  const release = (pod: Pod): void => {
    delete pod.metadata.finalizers;
  };
  await plane.registry.modify<Pod>(pods, 'default', 'low', release, asAdmin);
  await runs(plane, 'high');
  assert.equal(podOf(plane, 'high')?.spec.nodeName, place);
  assert.equal(podOf(plane, 'high')?.status?.nominatedNodeName, undefined);
  assert.equal(podOf(plane, 'middle')?.metadata.deletionTimestamp, undefined);
  await eventually('it is told', () =>
    plane.find(events).some((entry) => entry.object<Event>().reason === 'Preempted'),
  );
});

test('a Pod that may not send others away waits, one that may does not', async (test) => {
  const plane = await prepared(test, 1);
  await plane.create(pods, newPod('low', specOf(1, 5)));
  await runs(plane, 'low');
  await plane.create(pods, newPod('patient', specOf(2, 5, { preemptionPolicy: 'Never' })));
  const why = await eventually('it says why', () => podOf(plane, 'patient')?.status?.conditions?.[0]?.message);
  assert.match(why, /not eligible due to preemptionPolicy=Never/);
  assert.equal(podOf(plane, 'low')?.metadata.deletionTimestamp, undefined);
  await plane.create(pods, newPod('high', specOf(4, 5)));
  await runs(plane, 'high');
  assert.equal(podOf(plane, 'low'), undefined);
});

test('Pods under a budget stay when others can go', async (test) => {
  const plane = await prepared(test, 2);
  await plane.create(pods, newPod('guarded', specOf(1, 5)));
  await plane.create(pods, newPod('free', specOf(2, 5)));
  await runs(plane, 'guarded');
  await runs(plane, 'free');
  const selector = { matchLabels: { name: 'guarded' } };
  const spec = { minAvailable: 1, selector };
  const about = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec };
  await plane.create(podDisruptionBudgets, about as KubeObject);
  await eventually('the budget is counted', () => {
    const status = plane.registry.get(podDisruptionBudgets, 'default', 'b')?.object().status;
    return (status as { expectedPods?: number } | undefined)?.expectedPods === 1;
  });
  await plane.create(pods, newPod('high', specOf(3, 5)));
  await runs(plane, 'high');
  assert.equal(podOf(plane, 'free'), undefined);
  assert.equal(podOf(plane, 'guarded')?.metadata.deletionTimestamp, undefined);
});

test('of four ReplicaSets the most important run in full, whatever came first', async (test) => {
  const plane = await prepared(test, 1);
  const sizes = [1, 1, 1, 4];
  for (const [at, replicas] of sizes.entries()) {
    const labels = { set: `s${at + 1}` };
    const template = { metadata: { labels }, spec: specOf(at + 1, 1) };
    const spec = { replicas, selector: { matchLabels: labels }, template };
    const object = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: `s${at + 1}` }, spec };
    await plane.create(replicaSets, object as KubeObject);
    const ready = () => plane.registry.get(replicaSets, 'default', `s${at + 1}`)?.object<ReplicaSet>();
    await eventually(`s${at + 1} is complete`, () => ready()?.status?.readyReplicas === replicas);
  }
  const bound = (set: string) => plane.find(pods, { set }).filter((entry) => entry.node !== undefined).length;
  await eventually('the less important wait', () => bound('s1') === 0 && bound('s2') === 0);
  assert.deepEqual([bound('s3'), bound('s4')], [1, 4]);
});
