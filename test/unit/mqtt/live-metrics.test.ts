/** metrics.k8s.io: what nodes told last, for those that are heard, in the words of metrics-server where there is nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '../../../hub/api/selector.ts';
import { nodes, pods, type ResourceRef } from '../../../hub/api/resource.ts';
import { withLiveMetrics } from '../../../hub/mqtt/usage/live-metrics.ts';
import { Usage } from '../../../hub/mqtt/usage/usage.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const nodeMetrics: ResourceRef = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'nodes' };
const podMetrics: ResourceRef = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };

test('figures of nodes and Pods are read, selected and dated', async (t) => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const registry = await openTestRegistry(t, { clock });
  const usage = new Usage({ clock });
  const live = withLiveMetrics(registry, { usage, clock });
  for (const name of ['n1', 'n2']) {
    await registry.create(
      nodes,
      '',
      { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { on: name } } },
      asAdmin,
    );
  }
  const { entry } = await registry.create(pods, 'default', podObject('p', { nodeName: 'n1' }), asAdmin);
  await registry.create(pods, 'other', podObject('q', { nodeName: 'n1' }, 'other'), asAdmin);
  assert.deepEqual(live.list(nodeMetrics).entries, []);
  assert.throws(() => live.get(nodeMetrics, '', 'n1'), { message: 'nodemetrics.metrics.k8s.io "n1" not found' });
  assert.throws(() => live.get(podMetrics, 'default', 'p'), {
    message: 'podmetrics.metrics.k8s.io "default/p" not found',
  });
  assert.throws(() => live.get(podMetrics, 'default', 'x'), { message: 'pods "default/x" not found' });

  const memory = { total: 4 * 2 ** 30, used: 2 ** 30, available: 3 * 2 ** 30 };
  const container = { name: 'main', cpu: 0.0125, memory: 20 * 2 ** 20 };
  const own = { namespace: 'default', name: 'p', uid: entry.uid, containers: [container] };
  usage.take('n1', { time: '', cpu: 0.25, memory, every: 20, pods: [own] });
  clock.advance(50_000);
  assert.deepEqual(live.get(nodeMetrics, '', 'n1')?.object(), {
    kind: 'NodeMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name: 'n1', creationTimestamp: '2026-01-01T00:00:50Z', labels: { on: 'n1' } },
    timestamp: '2026-01-01T00:00:40Z',
    window: '20s',
    usage: { cpu: '250m', memory: '1Gi' },
  });
  const names = (found: { entries: readonly { name: string }[] }): string[] => found.entries.map(({ name }) => name);
  assert.deepEqual(names(live.list(podMetrics)), ['p']);
  assert.deepEqual(names(live.list(podMetrics, { namespace: 'other' })), []);
  assert.deepEqual(names(live.list(nodeMetrics, { labels: parseLabelSelector('on=n2') })), []);
  assert.deepEqual(names(live.list(nodeMetrics, { labels: parseLabelSelector('on!=n2') })), ['n1']);
  const pod = live.get(podMetrics, 'default', 'p');
  assert.deepEqual(pod?.object<{ containers: unknown }>().containers, [
    { name: 'main', usage: { cpu: '12500u', memory: '20Mi' } },
  ]);
  assert.equal(live.get(pods, 'default', 'p')?.uid, entry.uid);
  usage.silence('n1');
  assert.deepEqual(names(live.list(podMetrics)), []);
});
