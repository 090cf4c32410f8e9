/** What a node that runs short shows and does, decided from numbers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCritical, type PodCost, ranked } from '../../../agent/eviction/cost.ts';
import { brokenLimit, hasLocalLimits } from '../../../agent/eviction/local-limits.ts';
import { shortageMessage } from '../../../agent/eviction/message.ts';
import { refusalUnder } from '../../../agent/eviction/refusal.ts';
import type { Pressure, Readings } from '../../../agent/eviction/signal.ts';
import { isNear, thresholdsOf } from '../../../agent/eviction/threshold.ts';
import { noPressure, type PressureState, type Verdict, verdict } from '../../../agent/eviction/verdict.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { capacityDefaults, type CapacitySettings } from '../../../hub/base/capacity-settings.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

const mebibyte = 2 ** 20;
const second = 1000;
const settings: CapacitySettings = {
  ...capacityDefaults,
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '10%' },
  evictionSoft: { 'memory.available': '200Mi' },
  evictionSoftGracePeriod: { 'memory.available': 30 },
  evictionMinimumReclaim: { 'nodefs.available': '5%' },
};
const thresholds = thresholdsOf(settings);

const memory = (mebibytes: number): Readings => ({
  'memory.available': { available: mebibytes * mebibyte, capacity: 1000 * mebibyte },
});
const disk = (percent: number): Readings => ({ 'nodefs.available': { available: percent, capacity: 100 } });

function look(readings: Readings, now: number, before: PressureState = noPressure): Verdict {
  return verdict({ before, thresholds, readings, transition: 300 * second, now });
}

const due = ({ due: list }: Verdict): string[] => list.map(({ signal, hard }) => `${signal} ${hard ? 'hard' : 'soft'}`);

function cost(name: string, options: { memory?: number; disk?: number; asked?: string; priority?: number }): PodCost {
  const requests = { memory: options.asked ?? '0', 'ephemeral-storage': options.asked ?? '0' };
  const container = shellContainer('true', { name: 'main', resources: { requests } });
  const pod = shellPod({ metadata: { name }, spec: { containers: [container], priority: options.priority ?? 0 } });
  const used = { memory: (options.memory ?? 0) * mebibyte, disk: (options.disk ?? 0) * mebibyte };
  return { pod, containers: new Map([['main', used]]), volumes: new Map(), inodes: 0 };
}

const names = (costs: readonly PodCost[]): (string | undefined)[] => costs.map(({ pod }) => pod.metadata.name);

describe('a node', () => {
  it('with enough of everything is under no pressure', () => {
    const { pressures, due: list } = look({ ...memory(500), ...disk(50) }, 0);
    assert.deepEqual([[...pressures], list], [[], []]);
  });

  it('acts at once on a hard threshold, and shows the pressure', () => {
    const found = look(memory(99), 0);
    assert.deepEqual([[...found.pressures], due(found)], [['MemoryPressure'], ['memory.available hard']]);
  });

  it('acts on a soft threshold only when its grace is over, and shows the pressure from the start', () => {
    const first = look(memory(150), 0);
    assert.deepEqual([[...first.pressures], due(first)], [['MemoryPressure'], []]);
    assert.deepEqual(due(look(memory(150), 29 * second, first.state)), []);
    assert.deepEqual(due(look(memory(150), 30 * second, first.state)), ['memory.available soft']);
  });

  it('forgets a soft threshold that was made good in between', () => {
    const first = look(memory(150), 0);
    const better = look(memory(250), 10 * second, first.state);
    assert.deepEqual(due(look(memory(150), 31 * second, better.state)), []);
  });

  it('goes on until the minimum was reclaimed', () => {
    const first = look(disk(9), 0);
    assert.deepEqual(due(look(disk(12), second, first.state)), ['nodefs.available hard']);
    assert.deepEqual(due(look(disk(15), second, first.state)), []);
    assert.deepEqual(due(look(disk(12), second)), []);
  });

  it('shows a pressure for the transition period after it has gone', () => {
    const first = look(memory(99), 0);
    const later = look(memory(900), 299 * second, first.state);
    assert.deepEqual([...later.pressures], ['MemoryPressure']);
    assert.deepEqual([...look(memory(900), 300 * second, later.state).pressures], []);
  });

  it('acts on memory before disks', () => {
    assert.deepEqual(due(look({ ...disk(1), ...memory(50) }, 0)), ['memory.available hard', 'nodefs.available hard']);
  });

  it('looks again soon when little is left above a threshold', () => {
    assert.equal(isNear(thresholds, { ...memory(900), ...disk(40) }), false);
    assert.equal(isNear(thresholds, memory(399)), true);
    assert.equal(isNear(thresholds, disk(29)), true);
  });
});

describe('the Pods of such a node', () => {
  it('go in the order of who uses more than asked, priority, and how much more', () => {
    const costs = [
      cost('modest', { memory: 300, asked: '400Mi' }),
      cost('important', { memory: 900, priority: 10 }),
      cost('greedy', { memory: 200 }),
      cost('greedier', { memory: 250 }),
    ];
    assert.deepEqual(names(ranked(costs, 'memory.available')), ['greedier', 'greedy', 'important', 'modest']);
    const byPids = names(ranked(costs, 'pid.available'));
    assert.equal(byPids.at(-1), 'important');
  });

  it('count what lies on the disk when that is short', () => {
    const costs = [cost('small', { disk: 1, memory: 900 }), cost('large', { disk: 10 })];
    assert.deepEqual(names(ranked(costs, 'nodefs.available')), ['large', 'small']);
  });

  it('read what was short and what they used of it', () => {
    const [hard] = thresholds;
    assert.ok(hard !== undefined);
    const reading = memory(51)['memory.available'];
    assert.equal(
      shortageMessage(hard, reading, cost('greedy', { memory: 300, asked: '100Mi' })),
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 51Mi. Container main was using 300Mi, request is 100Mi, has larger consumption of memory. ',
    );
  });

  it('are spared when they are static or of the system', () => {
    const pod = (annotations: Record<string, string>, priority = 0): Pod => {
      const made = shellPod({ spec: { priority } });
      return { ...made, metadata: { ...made.metadata, annotations } };
    };
    assert.equal(isCritical(pod({})), false);
    assert.equal(isCritical(pod({ 'kubernetes.io/config.source': 'file' })), true);
    assert.equal(isCritical(pod({ 'kubernetes.io/config.source': 'api' })), false);
    assert.equal(isCritical(pod({ 'kubernetes.io/config.mirror': 'x' })), true);
    assert.equal(isCritical(pod({}, 2_000_000_000)), true);
  });

  it('may begin under a pressure only when they are critical, or asked for memory and nothing else is short', () => {
    const of = (pressures: Pressure[], pod: Pod): string | undefined => refusalUnder(new Set(pressures), pod)?.message;
    const bestEffort = shellPod({});
    const burstable: Pod = { ...bestEffort, status: { qosClass: 'Burstable' } };
    assert.equal(of([], bestEffort), undefined);
    assert.equal(of(['MemoryPressure'], bestEffort), 'The node had condition: [MemoryPressure]. ');
    assert.equal(of(['MemoryPressure'], burstable), undefined);
    assert.equal(of(['DiskPressure'], burstable), 'The node had condition: [DiskPressure]. ');
    const tolerations = [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }];
    assert.equal(of(['MemoryPressure'], shellPod({ spec: { tolerations } })), undefined);
    assert.equal(of(['DiskPressure'], shellPod({ spec: { priority: 2_000_001_000 } })), undefined);
  });
});

describe('limits on the disk of a node', () => {
  const limited = (name: string, limit?: string): ReturnType<typeof shellContainer> =>
    shellContainer('true', {
      name,
      resources: limit === undefined ? {} : { limits: { 'ephemeral-storage': limit } },
    });
  const of = (pod: Pod, volumes: Record<string, number>, disks: Record<string, number>): string | undefined =>
    brokenLimit({
      pod,
      inodes: 0,
      volumes: new Map(Object.entries(volumes)),
      containers: new Map(Object.entries(disks).map(([name, bytes]) => [name, { memory: 0, disk: bytes }])),
    });

  it('are those of volumes', () => {
    const volumes = [
      { name: 'small', emptyDir: { sizeLimit: '1Mi' } },
      { name: 'free', emptyDir: {} },
      { name: 'fast', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ];
    const pod = shellPod({ spec: { volumes } });
    assert.equal(hasLocalLimits(pod), true);
    assert.equal(of(pod, { small: mebibyte, free: 9 * mebibyte }, {}), undefined);
    assert.equal(of(pod, { small: 2 * mebibyte }, {}), 'Usage of EmptyDir volume "small" exceeds the limit "1Mi". ');
    assert.equal(hasLocalLimits(shellPod({ spec: { volumes: volumes.slice(1) } })), false);
  });

  it('are those of a container', () => {
    const pod = shellPod({ spec: { containers: [limited('a', '1Mi'), limited('b')] } });
    assert.equal(of(pod, {}, { a: mebibyte, b: 9 * mebibyte }), undefined);
    assert.equal(of(pod, {}, { a: 2 * mebibyte }), 'Container a exceeded its local ephemeral storage limit "1Mi". ');
  });

  it('are the sum of what its containers may use, volumes counted', () => {
    const pod = shellPod({
      spec: { containers: [limited('a', '1Mi'), limited('b', '1Mi')], volumes: [{ name: 'v', emptyDir: {} }] },
    });
    assert.equal(of(pod, { v: mebibyte }, { a: mebibyte }), undefined);
    assert.equal(
      of(pod, { v: 2 * mebibyte }, { a: mebibyte }),
      'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
    );
  });
});
