/** The watch over a node: what it gives back, whom it ends, and in which order; with numbers instead of a machine. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { PodCost } from '../../../agent/eviction/cost.ts';
import type { Eviction } from '../../../agent/eviction/eviction.ts';
import { createNodeEviction } from '../../../agent/eviction/node-eviction.ts';
import type { Readings, Signal } from '../../../agent/eviction/signal.ts';
import type { PodFailure } from '../../../agent/state/checkpoints.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { capacityDefaults } from '../../../hub/base/capacity-settings.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { shellPod } from '../../support/shell-pod.ts';

interface Machine {
  readings: Readings;
  used: Record<string, number>;
  /** What giving things back leads to. */
  onReclaim: () => void;
  readonly reclaimed: Signal[];
  readonly ended: Map<string, PodFailure>;
  running: Set<string>;
  pods: Pod[];
  changes: number;
  eviction: Eviction;
  /** Lets time pass until `good`, ten seconds at a time. */
  pass(what: string, good: () => boolean): Promise<void>;
}

const low: Readings = { 'memory.available': { available: 50 * 2 ** 20, capacity: 2 ** 30 } };
const fine: Readings = { 'memory.available': { available: 2 ** 29, capacity: 2 ** 30 } };
const fullDisk: Readings = { 'nodefs.available': { available: 1, capacity: 100 } };

async function machine(test: TestContext, pods: Pod[], readings: Readings): Promise<Machine> {
  const clock = manualClock();
  const uidOf = (pod: Pod): string => pod.metadata.uid ?? '';
  const self: Omit<Machine, 'eviction' | 'pass'> = {
    ...{ readings, pods, used: {}, reclaimed: [], ended: new Map(), changes: 0, onReclaim: () => {} },
    running: new Set(pods.map(uidOf)),
  };
  const cost = (pod: Pod): PodCost => {
    const used = self.used[pod.metadata.name ?? ''] ?? 0;
    return {
      pod,
      inodes: 0,
      volumes: new Map([['v', used]]),
      containers: new Map([['main', { memory: used, disk: 0 }]]),
    };
  };
  const eviction = createNodeEviction({
    settings: capacityDefaults,
    read: async () => self.readings,
    pods: {
      active: () => self.pods.filter((pod) => !self.ended.has(uidOf(pod))),
      evict(uid, failure) {
        self.ended.set(uid, failure);
        return true;
      },
      runs: async (uid) => self.running.has(uid),
    },
    cost: async (which) => which.map(cost),
    async reclaim(signal) {
      self.reclaimed.push(signal);
      self.onReclaim();
    },
    changed: () => void self.changes++,
    clock,
    log: silentLog,
  });
  test.after(() => eviction.stop?.());
  await eviction.start?.();
  return Object.assign(self, {
    eviction,
    pass: (what: string, good: () => boolean) =>
      eventually(what, () => {
        if (good()) return true;
        clock.advance(10_000);
        return false;
      }).then(() => {}),
  });
}

const pod = (name: string, more: Parameters<typeof shellPod>[0] = {}): Pod => {
  const made = shellPod(more);
  return { ...made, metadata: { ...made.metadata, name, uid: name } };
};

describe('a node short of memory', () => {
  it('says so before the first Pod begins, and takes no Pod that asked for nothing', async (test) => {
    const node = await machine(test, [], low);
    assert.deepEqual([...node.eviction.pressures()], ['MemoryPressure']);
    assert.equal(node.eviction.refuse(pod('new'))?.reason, 'Evicted');
    assert.equal(node.changes, 1);
  });

  it('ends the Pod that uses most, and no other before its containers are gone', async (test) => {
    const node = await machine(test, [pod('small'), pod('large')], low);
    node.used = { small: 1000, large: 2000 };
    await node.pass('a Pod to be ended', () => node.ended.size > 0);
    assert.deepEqual([...node.ended.keys()], ['large']);
    const failure = node.ended.get('large');
    assert.equal(failure?.reason, 'Evicted');
    assert.equal(failure?.disruption?.reason, 'TerminationByKubelet');
    node.running.delete('large');
    await node.pass('the next one to be ended', () => node.ended.size > 1);
  });

  it('ends nobody when giving things back was enough', async (test) => {
    const node = await machine(test, [pod('one')], low);
    node.onReclaim = () => {
      node.readings = fine;
    };
    await node.pass('things to be given back', () => node.reclaimed.length > 0);
    await node.pass('the pressure to be over', () => node.eviction.pressures().size === 0);
    assert.equal(node.ended.size, 0);
  });

  it('spares what the system needs', async (test) => {
    const node = await machine(test, [pod('vital', { spec: { priority: 2_000_000_000 } }), pod('other')], low);
    node.used = { vital: 9000, other: 1 };
    await node.pass('a Pod to be ended', () => node.ended.size > 0);
    assert.deepEqual([...node.ended.keys()], ['other']);
  });
});

describe('a node short of disk', () => {
  it('gives back what nobody needs of the disk first', async (test) => {
    const node = await machine(test, [], fullDisk);
    await node.pass('things to be given back', () => node.reclaimed.length > 0);
    assert.equal(node.reclaimed[0], 'nodefs.available');
  });
});

describe('a Pod that passes a limit of its own', () => {
  it('is ended though the node has enough', async (test) => {
    const volumes = [{ name: 'v', emptyDir: { sizeLimit: '1Ki' } }];
    const node = await machine(test, [pod('greedy', { spec: { volumes } }), pod('other')], fine);
    node.used = { greedy: 2000, other: 9999 };
    await node.pass('the Pod to be ended', () => node.ended.size > 0);
    assert.deepEqual([...node.ended.keys()], ['greedy']);
    assert.match(node.ended.get('greedy')?.message ?? '', /^Usage of EmptyDir volume "v" exceeds the limit "1Ki"/);
    assert.equal(node.ended.get('greedy')?.disruption, undefined);
  });
});
