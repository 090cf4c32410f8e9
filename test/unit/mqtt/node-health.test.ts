/** Who becomes Unknown, and when: nodes with a link by its end, the others by what the API hears of them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Node, NodeStatus } from '../../../hub/api/node.ts';
import { microTimestamp, timestamp } from '../../../hub/api/object.ts';
import { leases, nodes } from '../../../hub/api/resource.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { NodeHealth } from '../../../hub/mqtt/health/node-health.ts';
import { Sessions } from '../../../hub/mqtt/sessions.ts';
import { eventually } from '../../support/eventually.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const second = 1000;

async function scene(t: TestContext, existing: readonly string[] = []) {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const registry = await openTestRegistry(t, { clock });
  const sessions = new Sessions({ clock, log: silentLog });
  const health = new NodeHealth({ registry, sessions, clock, log: silentLog });
  const status = asStatus(registry, clock);
  for (const name of existing) {
    await addNode(name);
    await status.beat(name);
  }
  health.start();
  t.after(() => health.stop());

  async function addNode(name: string): Promise<void> {
    await registry.create(nodes, '', { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} }, asAdmin);
  }
  const session = (node: string, online: boolean): void =>
    sessions.take(node, { online, epoch: 'c.1', boot: 'b', version: '1' });
  const ready = (name: string): string | undefined =>
    registry
      .get(nodes, '', name)
      ?.object<Node>()
      .status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const becomes = (name: string, wanted: string): Promise<unknown> =>
    eventually(`${name} is ${wanted}`, () => ready(name) === wanted);
  return { clock, registry, session, ready, becomes, addNode, ...status };
}

function asStatus(registry: Awaited<ReturnType<typeof openTestRegistry>>, clock: ManualClock) {
  return {
    /** What a kubelet does: Ready, with the time of now. */
    async beat(name: string): Promise<void> {
      const time = timestamp(clock.now());
      const status: NodeStatus = { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }] };
      await registry.modify<Node>(nodes, '', name, (node) => ({ ...node, status }), {
        ...asAdmin,
        subresource: 'status',
      });
    },
    async renew(name: string): Promise<void> {
      const spec = { renewTime: microTimestamp(clock.now()) };
      const namespace = 'kube-node-lease';
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec };
      if (registry.get(leases, namespace, name) === undefined) await registry.create(leases, namespace, lease, asAdmin);
      else await registry.modify(leases, namespace, name, (now) => ({ ...now, spec }), asAdmin);
    },
  };
}

/** Lets what is due be written, so that a test can say that nothing was. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('a node that speaks only through its heartbeats stays Ready while they come, and 50 s longer', async (t) => {
  const { clock, beat, addNode, ready, becomes } = await scene(t);
  await addNode('n1');
  for (let count = 0; count < 10; count++) {
    await beat('n1');
    clock.advance(45 * second);
    await settle();
    assert.equal(ready('n1'), 'True');
  }
  clock.advance(4 * second);
  await settle();
  assert.equal(ready('n1'), 'True');
  clock.advance(2 * second);
  await becomes('n1', 'Unknown');
});

test('a renewed Lease is as good as a heartbeat', async (t) => {
  const { clock, beat, renew, addNode, ready, becomes } = await scene(t);
  await addNode('n1');
  await beat('n1');
  for (let count = 0; count < 10; count++) {
    await renew('n1');
    clock.advance(40 * second);
    await settle();
    assert.equal(ready('n1'), 'True');
  }
  clock.advance(11 * second);
  await becomes('n1', 'Unknown');
});

test('nodes that were there when the hub started count from then', async (t) => {
  const { clock, beat, ready, becomes } = await scene(t, ['n1', 'n2']);
  clock.advance(30 * second);
  await beat('n2');
  clock.advance(21 * second);
  await becomes('n1', 'Unknown');
  assert.equal(ready('n2'), 'True');
  clock.advance(30 * second);
  await becomes('n2', 'Unknown');
});

test('a Node that never said anything becomes Unknown after 60 s', async (t) => {
  const { clock, addNode, ready, becomes, registry } = await scene(t);
  await addNode('n1');
  clock.advance(55 * second);
  await settle();
  assert.equal(ready('n1'), undefined);
  clock.advance(6 * second);
  await becomes('n1', 'Unknown');
  const condition = registry.get(nodes, '', 'n1')?.object<Node>().status?.conditions?.[0];
  assert.equal(condition?.reason, 'NodeStatusNeverUpdated');
});

test('a node that comes back through the API is watched anew', async (t) => {
  const { clock, beat, addNode, becomes } = await scene(t);
  await addNode('n1');
  await beat('n1');
  clock.advance(51 * second);
  await becomes('n1', 'Unknown');
  clock.advance(1000 * second);
  await beat('n1');
  await becomes('n1', 'True');
  clock.advance(51 * second);
  await becomes('n1', 'Unknown');
});

test('a node with a link needs no heartbeats, and is Unknown within two seconds of its end', async (t) => {
  const { clock, beat, addNode, session, ready, becomes } = await scene(t);
  session('n1', true);
  await addNode('n1');
  await beat('n1');
  clock.advance(3600 * second);
  await settle();
  assert.equal(ready('n1'), 'True');
  assert.equal(clock.pending, 0, 'nothing is timed while all nodes are connected');
  session('n1', false);
  clock.advance(2 * second);
  await becomes('n1', 'Unknown');
});

test('while nodes keep returning after a start of the hub, the others are given time', async (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  const { clock, session, ready, becomes } = await scene(t, names);
  for (const name of names.slice(1)) {
    clock.advance(4 * second);
    session(name, true);
  }
  await settle();
  assert.equal(ready('n0'), 'True');
  clock.advance(11 * second);
  await becomes('n0', 'Unknown');
  assert.equal(ready('n29'), 'True');
});
