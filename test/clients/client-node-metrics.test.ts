/** `@kubernetes/client-node`: what nodes and Pods use. It waits for the first measurement of a Pod, up to half a minute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreV1Api, Metrics, topNodes, topPods } from '@kubernetes/client-node';
import { eventually } from '../support/eventually.ts';
import { ground, running, shellPod } from './ground.ts';

test('metrics of nodes and Pods, and top of both', async (t) => {
  const here = await ground(t);
  await running(here, shellPod('p', { main: 'exec sleep 1000' }), 'p');
  const metrics = new Metrics(here.config);
  // a node measures itself for the first time a second after it has started
  const measured = await eventually('the node to be measured', async () => {
    const { items } = await metrics.getNodeMetrics();
    return items.length > 0 && items;
  });
  assert.deepEqual(
    measured.map(({ metadata }) => metadata.name),
    ['node-a'],
  );
  await eventually(
    'the Pod to be measured',
    async () => (await metrics.getPodMetrics(here.namespace)).items.length === 1,
    40_000,
  );
  const core = here.config.makeApiClient(CoreV1Api);
  const [node] = await topNodes(core);
  assert.ok(Number(node?.CPU.Capacity) > 0);
  const [pod] = await topPods(core, metrics, here.namespace);
  assert.deepEqual([pod?.Pod.metadata?.name, pod?.Containers.map(({ Container }) => Container)], ['p', ['main']]);
});
