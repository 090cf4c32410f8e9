/** Where daemons belong, and how they are renewed without taking too many down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongs, pinTo, targetNode, withDaemonTolerations } from '../../../hub/controllers/daemonset/placement.ts';
import {
  type DaemonNode,
  type DaemonPod,
  daemonStatus,
  limits,
  placementPlan,
  updatePlan,
} from '../../../hub/controllers/daemonset/plan.ts';
import { aDaemonSet, aPod, chance, facts } from '../../support/workloads.ts';

type Spot = DaemonNode<string>;

function pod(name: string, updated: boolean, changes: Parameters<typeof facts>[0] = {}): DaemonPod<string> {
  return { ref: name, facts: facts(changes), updated };
}

function spot(name: string, ...pods: DaemonPod<string>[]): Spot {
  return { name, run: true, keep: true, pods };
}

const removed = (plan: ReturnType<typeof updatePlan<string>>): string[] => plan.remove.map((one) => one.pod.ref);

test('daemons tolerate what daemons must, after their own tolerations', () => {
  const list = withDaemonTolerations({ containers: [], tolerations: [{ key: 'own', operator: 'Exists' }] });
  assert.deepEqual(
    list.map(({ key, effect }) => [key, effect]),
    [
      ['own', undefined],
      ['node.kubernetes.io/not-ready', 'NoExecute'],
      ['node.kubernetes.io/unreachable', 'NoExecute'],
      ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
      ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
      ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
      ['node.kubernetes.io/unschedulable', 'NoSchedule'],
    ],
  );
  assert.equal(withDaemonTolerations({ containers: [], hostNetwork: true }).length, 7);
  assert.equal(withDaemonTolerations({ containers: [], tolerations: list }).length, list.length);
});

test('a daemon belongs on nodes it selects and tolerates; one that runs stays unless it must not execute there', () => {
  const spec = { containers: [], nodeSelector: { disk: 'ssd' } };
  const on = (labels: Record<string, string>, ...effects: string[]) =>
    belongs(spec, { name: 'n', labels, taints: effects.map((effect) => ({ key: 'k', effect })) });
  assert.deepEqual(on({ disk: 'ssd' }), { run: true, keep: true });
  assert.deepEqual(on({}), { run: false, keep: false });
  assert.deepEqual(on({ disk: 'ssd' }, 'NoSchedule'), { run: false, keep: true });
  assert.deepEqual(on({ disk: 'ssd' }, 'NoExecute'), { run: false, keep: false });
});

test('a pinned Pod is known by its node before the scheduler has bound it', () => {
  const pinned = aPod('p');
  pinTo(pinned.spec, 'n7');
  assert.equal(targetNode(pinned), 'n7');
});

test('nodes without a Pod get one, nodes that do not belong lose theirs, failed Pods are replaced', () => {
  const plan = placementPlan(
    aDaemonSet(),
    [
      spot('empty'),
      { name: 'wrong', run: false, keep: false, pods: [pod('stray', true)] },
      spot('broken', pod('failed', true, { phase: 'Failed', active: false })),
      spot('leaving', pod('going', true, { deleting: true, active: false })),
      spot('twice', pod('young', true, { created: 2000 }), pod('old', true, { created: 1000 })),
    ],
    10_000,
  );
  assert.deepEqual(plan.create, ['empty']);
  assert.deepEqual(
    plan.remove.map((one) => [one.pod.ref, one.why]),
    [
      ['stray', undefined],
      ['failed', 'Failed'],
      ['young', undefined],
    ],
  );
});

test('limits are rounded up, and at least one Pod may be down', () => {
  const at = (maxUnavailable: number | string, maxSurge?: number | string) =>
    limits(aDaemonSet({ rollingUpdate: { maxUnavailable, ...(maxSurge === undefined ? {} : { maxSurge }) } }), 22);
  assert.deepEqual(at('20%'), { unavailable: 5, surge: 0 });
  assert.deepEqual(at(0), { unavailable: 1, surge: 0 });
  assert.deepEqual(at(0, '10%'), { unavailable: 0, surge: 3 });
});

test('an old Pod that is down is replaced even when too many are down already', () => {
  const set = aDaemonSet({ rollingUpdate: { maxUnavailable: 1 } });
  const nodes = [spot('a', pod('a-old', false, { ready: false })), spot('b', pod('b-old', false)), spot('c')];
  assert.deepEqual(removed(updatePlan(set, nodes, 10_000)), ['a-old']);
});

test('with a surge the new Pod comes first, and takes over when it is available', () => {
  const set = aDaemonSet({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
  const first = updatePlan(set, [spot('a', pod('a-old', false)), spot('b', pod('b-old', false))], 10_000);
  assert.deepEqual([first.create, removed(first)], [['a'], []]);
  const starting = [
    spot('a', pod('a-old', false), pod('a-new', true, { ready: false })),
    spot('b', pod('b-old', false)),
  ];
  assert.deepEqual(updatePlan(set, starting, 10_000), { create: [], remove: [] });
  const ready = [spot('a', pod('a-old', false), pod('a-new', true)), spot('b', pod('b-old', false))];
  const next = updatePlan(set, ready, 10_000);
  assert.deepEqual([next.create, removed(next)], [['b'], ['a-old']]);
});

test('OnDelete never touches a Pod', () => {
  const nodes = [spot('a', pod('a-old', false, { ready: false }))];
  assert.deepEqual(updatePlan(aDaemonSet({ type: 'OnDelete' }), nodes, 0), { create: [], remove: [] });
});

/** Renews a fleet in random order; a Pod is down from its deletion until its successor is ready. */
function simulate(seed: number, count: number, maxUnavailable: string): void {
  const random = chance(seed);
  const set = aDaemonSet({ rollingUpdate: { maxUnavailable } });
  const allowed = limits(set, count).unavailable;
  const pods = Array.from({ length: count }, (_, at) => [pod(`p${at}`, false)]);
  for (let step = 0; step < 60 * count; step++) {
    const nodes = pods.map((list, at) => spot(`n${at}`, ...list));
    const placement = placementPlan(set, nodes, 10_000);
    const update = updatePlan(set, nodes, 10_000);
    for (const name of placement.create) pods[Number(name.slice(1))] = [pod(`new-${name}`, true, { ready: false })];
    for (const { node, pod: doomed } of [...placement.remove, ...update.remove]) {
      pods[Number(node.slice(1))] = [{ ...doomed, facts: facts({ deleting: true, active: false }) }];
    }
    const down = pods.filter((list) => list[0]?.facts.active !== true || !list[0].facts.ready).length;
    assert.ok(down <= allowed, `${down} of ${count} down, ${allowed} allowed (seed ${seed})`);
    const at = Math.floor(random() * count);
    const here = pods[at]?.[0];
    if (here?.facts.deleting === true) pods[at] = [];
    else if (here !== undefined && !here.facts.ready) pods[at] = [{ ...here, facts: facts() }];
  }
  assert.ok(
    pods.every((list) => list[0]?.updated === true && list[0].facts.ready),
    `the update ends (seed ${seed})`,
  );
}

test('whatever the order, never more than maxUnavailable are down, and the update ends', () => {
  for (let seed = 1; seed <= 40; seed++) simulate(seed, 1 + (seed % 22), seed % 2 === 0 ? '20%' : '34%');
});

test('the status counts nodes, and leaves out what is zero', () => {
  const nodes = [
    spot('a', pod('a', true)),
    spot('b', pod('b', false, { ready: false })),
    spot('c'),
    { name: 'd', run: false, keep: true, pods: [pod('d', true)] },
  ];
  assert.deepEqual(daemonStatus(aDaemonSet(), nodes, 10_000), {
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    desiredNumberScheduled: 3,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
  });
});
