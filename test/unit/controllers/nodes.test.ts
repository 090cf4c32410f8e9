/** Taints that follow from conditions, evictions that follow from taints, and address ranges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timestamp } from '../../../hub/api/object.ts';
import type { Taint } from '../../../hub/api/scheduling.ts';
import { CidrPool } from '../../../hub/controllers/nodes/cidr-pool.ts';
import { evictionTime } from '../../../hub/controllers/nodes/eviction.ts';
import { nodeTaints } from '../../../hub/controllers/nodes/taints.ts';
import { aNode } from '../../support/workloads.ts';

const now = Date.UTC(2026, 0, 1);
const short = (taints: readonly Taint[]): string[] => taints.map(({ key, effect }) => `${key}:${effect}`);
const mine: Taint = { key: 'role', value: 'db', effect: 'NoSchedule' };

test('a node that becomes ready loses its own taints and keeps the user’s', () => {
  const taints = [mine, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
  assert.deepEqual(nodeTaints(aNode('n', { taints }), true, now), [mine]);
});

test('a lost node is unreachable, an unwell one not ready, both for new Pods and for those that run', () => {
  assert.deepEqual(short(nodeTaints(aNode('n', { ready: 'Unknown', taints: [mine] }), true, now)), [
    'role:NoSchedule',
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  assert.deepEqual(short(nodeTaints(aNode('n', { ready: 'False' }), true, now)), [
    'node.kubernetes.io/not-ready:NoSchedule',
    'node.kubernetes.io/not-ready:NoExecute',
  ]);
});

test('while no node at all is ready nobody is evicted', () => {
  const lost = aNode('n', { ready: 'Unknown' });
  assert.deepEqual(short(nodeTaints(lost, false, now)), ['node.kubernetes.io/unreachable:NoSchedule']);
});

test('taints keep the time they were added at', () => {
  const lost = aNode('n', { ready: 'Unknown' });
  lost.spec.taints = nodeTaints(lost, true, now);
  assert.deepEqual(nodeTaints(lost, true, now + 60_000), lost.spec.taints);
});

test('pressure and cordon are taints for new Pods only', () => {
  const node = aNode('n');
  node.spec.unschedulable = true;
  node.status?.conditions?.push({ type: 'DiskPressure', status: 'True' });
  assert.deepEqual(short(nodeTaints(node, true, now)), [
    'node.kubernetes.io/unschedulable:NoSchedule',
    'node.kubernetes.io/disk-pressure:NoSchedule',
  ]);
});

test('a Pod leaves at once, after its toleration, or never', () => {
  const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: timestamp(now) };
  const tolerate = (tolerationSeconds?: number) => [
    {
      key: taint.key,
      operator: 'Exists',
      effect: 'NoExecute',
      ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
    },
  ];
  assert.equal(evictionTime([taint], [], now + 5), now + 5);
  assert.equal(evictionTime([taint], tolerate(300), now + 5), now + 300_000);
  assert.equal(evictionTime([taint], tolerate(), now + 5), undefined);
  assert.equal(evictionTime([mine], [], now), undefined, 'NoSchedule moves nobody');
  const both = [...tolerate(300), { key: 'maintenance', operator: 'Exists', tolerationSeconds: 10 }];
  assert.equal(evictionTime([taint, { key: 'maintenance', effect: 'NoExecute' }], both, now), now + 10_000);
});

test('every node gets its own range, and a range is used again only when all others are', () => {
  const pool = new CidrPool('10.32.0.0/22', 24);
  assert.equal(pool.allocate(), '10.32.0.0/24');
  pool.take('10.32.1.0/24');
  assert.equal(pool.allocate(), '10.32.2.0/24');
  pool.release('10.32.0.0/24');
  assert.equal(pool.allocate(), '10.32.3.0/24');
  assert.equal(pool.allocate(), '10.32.0.0/24');
  assert.equal(pool.allocate(), undefined);
  pool.take('192.168.0.0/24');
  assert.throws(() => new CidrPool('10.32.0.0/28', 24), /cannot be cut/);
});

test('the default range holds 8192 nodes', () => {
  const pool = new CidrPool('10.32.0.0/11', 24);
  const ranges = new Set(Array.from({ length: 8192 }, () => pool.allocate()));
  assert.equal(ranges.size, 8192);
  assert.ok(ranges.has('10.63.255.0/24'));
  assert.equal(pool.allocate(), undefined);
});
