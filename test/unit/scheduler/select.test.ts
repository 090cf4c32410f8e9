/** Which node a Pod gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { Cluster } from '../../../hub/scheduler/cluster.ts';
import { fitError } from '../../../hub/scheduler/fit-error.ts';
import { neighbourRules } from '../../../hub/scheduler/neighbours/neighbour-rules.ts';
import { Neighbours } from '../../../hub/scheduler/neighbours/neighbours.ts';
import { PodClasses } from '../../../hub/scheduler/pod-class.ts';
import type { ReportedLoad } from '../../../hub/scheduler/score.ts';
import { sampleSize, select } from '../../../hub/scheduler/select.ts';
import { openTestRegistry } from '../../support/test-registry.ts';
import { aNode, aPod, chance } from '../../support/workloads.ts';

/** A scheduler without a loop: places one Pod after the other. */
async function bench(t: { after: (end: () => void) => void }, reported?: (node: string) => ReportedLoad | undefined) {
  const cluster = new Cluster();
  const classes = new PodClasses();
  const neighbours = new Neighbours(cluster, await openTestRegistry(t as never));
  neighbours.start();
  const random = chance(7);
  let start = 0;
  return {
    cluster,
    place(pod: Pod): string {
      const podClass = classes.of(pod);
      const rules = neighbourRules(neighbours, pod);
      const chosen = select({ cluster, rules, start, chance: random, reported }, podClass);
      start = chosen.next;
      if (chosen.node === undefined) {
        return fitError(
          chosen.refused.map(({ refusal }) => refusal),
          'hopeless',
        );
      }
      const { uid = '', namespace = '', name = '', labels = {} } = pod.metadata;
      const { affinity, priority = 0 } = pod.spec;
      cluster.place({ uid, namespace, name, labels, load: podClass.load, priority, affinity }, chosen.node.name);
      return chosen.node.name;
    },
  };
}

function counts(names: readonly string[]): number[] {
  const sums = new Map<string, number>();
  for (const name of names) sums.set(name, (sums.get(name) ?? 0) + 1);
  return [...sums.values()].sort();
}

test('Pods of one template are shared out evenly', async (t) => {
  const { cluster, place } = await bench(t);
  for (let at = 0; at < 10; at++) cluster.setNode(`n${at}`, aNode(`n${at}`));
  const placed = Array.from({ length: 50 }, (_, at) => place(aPod(`p${at}`)));
  assert.deepEqual(counts(placed), Array(10).fill(5));
});

test('a preferred node wins, and an unwelcoming one loses, while there is room', async (t) => {
  const { cluster, place } = await bench(t);
  cluster.setNode('hdd', aNode('hdd'));
  cluster.setNode('ssd', aNode('ssd', { labels: { disk: 'ssd' } }));
  cluster.setNode(
    'soft',
    aNode('soft', { taints: [{ key: 'k', effect: 'PreferNoSchedule' }], labels: { disk: 'ssd' } }),
  );
  const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const affinity = {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference }] },
  };
  assert.equal(place(aPod('p', { spec: { affinity } })), 'ssd');
});

test('a device that reports much to do is avoided when reports count', async (t) => {
  const busy: ReportedLoad = { cpu: 0.95, memory: 0.9 };
  const { cluster, place } = await bench(t, (node) => (node === 'b' ? { cpu: 0.1, memory: 0.1 } : busy));
  for (const name of ['a', 'b', 'c']) cluster.setNode(name, aNode(name));
  assert.equal(place(aPod('p')), 'b');
});

test('a node that goes is not chosen any more, and its Pods are still counted when it returns', async (t) => {
  const { cluster, place } = await bench(t);
  cluster.setNode('a', aNode('a', { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } }));
  assert.equal(place(aPod('p1', { requests: { cpu: '800m' } })), 'a');
  cluster.setNode('a', undefined);
  assert.equal(place(aPod('p2')), 'no nodes available to schedule pods');
  cluster.setNode('a', aNode('a', { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } }));
  assert.match(place(aPod('p3', { requests: { cpu: '800m' } })), /1 Insufficient cpu/);
});

test('Pods that keep each other away get a host each, and the next one none', async (t) => {
  const { cluster, place } = await bench(t);
  for (const name of ['a', 'b', 'c']) cluster.setNode(name, aNode(name));
  const labels = { app: 'db' };
  const term = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const placed = ['1', '2', '3'].map((name) => place(aPod(name, { labels, spec: { affinity } })));
  assert.deepEqual(counts(placed), [1, 1, 1]);
  assert.match(place(aPod('4', { labels, spec: { affinity } })), /3 node\(s\) didn't match pod anti-affinity rules/);
  assert.match(place(aPod('5', { labels })), /3 node\(s\) didn't satisfy existing pods anti-affinity rules/);
  assert.ok(cluster.remove('uid-2'));
  assert.equal(place(aPod('6', { labels, spec: { affinity } })), placed[1]);
});

test('the first of a group that wants to be together goes anywhere, the others follow', async (t) => {
  const { cluster, place } = await bench(t);
  for (const name of ['a', 'b', 'c']) cluster.setNode(name, aNode(name, { labels: { zone: name } }));
  const labels = { app: 'cache' };
  const term = { labelSelector: { matchLabels: labels }, topologyKey: 'zone' };
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const placed = ['1', '2', '3'].map((name) => place(aPod(name, { labels, spec: { affinity } })));
  assert.deepEqual(counts(placed), [3]);
});

test('a spread constraint keeps zones within its skew', async (t) => {
  const { cluster, place } = await bench(t);
  for (let at = 0; at < 6; at++) {
    cluster.setNode(`n${at}`, aNode(`n${at}`, { labels: { zone: at === 0 ? 'small' : 'big' } }));
  }
  const labels = { app: 'w' };
  const spec = {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
    ],
  };
  const placed = Array.from({ length: 6 }, (_, at) => place(aPod(`p${at}`, { labels, spec })));
  assert.equal(placed.filter((name) => name === 'n0').length, 3);
});

test('the sample shrinks as clusters grow, but never below a hundred nodes', () => {
  assert.deepEqual([10, 99, 500, 5000, 20_000].map(sampleSize), [10, 99, 230, 500, 1000]);
});
