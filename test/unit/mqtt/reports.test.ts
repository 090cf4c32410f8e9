/** What reports make of Pods and Nodes, decided without a hub. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, NodeCondition } from '../../../hub/api/node.ts';
import type { Pod, PodStatus } from '../../../hub/api/pod.ts';
import { plausibleEvent } from '../../../hub/mqtt/intake/event-report.ts';
import { applyNodeMeta, mergeNodeStatus, newNode, unknownConditions } from '../../../hub/mqtt/intake/node-report.ts';
import { afterGone, mergePodStatus } from '../../../hub/mqtt/intake/pod-report.ts';

const ready = (status: string, time: string) => ({ type: 'Ready', status, lastTransitionTime: time });
const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: 't0' };

test('the hub keeps its own conditions and qosClass, and the time of a condition that did not move', () => {
  const old: PodStatus = { phase: 'Pending', qosClass: 'BestEffort', conditions: [scheduled, ready('True', 't1')] };
  const merged = mergePodStatus(old, { phase: 'Running', conditions: [ready('True', 't9')] });
  assert.deepEqual(merged, {
    phase: 'Running',
    qosClass: 'BestEffort',
    conditions: [ready('True', 't1'), scheduled],
  });
});

test('a Pod that ended stays ended', () => {
  assert.equal(mergePodStatus({ phase: 'Failed' }, { phase: 'Running' }), undefined);
  assert.deepEqual(mergePodStatus({ phase: 'Failed' }, { phase: 'Failed', reason: 'x' }), {
    phase: 'Failed',
    reason: 'x',
  });
});

test('a Pod that is gone is deleted when that was wanted, fails when not, and is kept when it had ended', () => {
  const pod = (metadata: object, phase: string): Pod =>
    ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] }, status: { phase } }) as Pod;
  assert.equal(afterGone(pod({ deletionTimestamp: 'now' }, 'Running')), 'delete');
  assert.equal(afterGone(pod({}, 'Running')), 'fail');
  assert.equal(afterGone(pod({}, 'Succeeded')), 'keep');
});

test('a heartbeat alone changes nothing', () => {
  const old = { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: 't0', lastTransitionTime: 't0' }] };
  const merged = mergeNodeStatus(old, { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: 't9' }] }, 0);
  assert.deepEqual(merged, old);
});

test('a node keeps extended resources that others gave it, may give them away, and loses those that are taken back', () => {
  const others = { 'example.com/dongle': '3', 'hugepages-2Mi': '0', 'x.kubernetes.io/y': '1' };
  const old = { capacity: { cpu: '4', ...others }, allocatable: { cpu: '4', 'example.com/gone': '1' } };
  const merged = mergeNodeStatus(old, { capacity: { cpu: '8' }, allocatable: { cpu: '7' } }, 0);
  assert.deepEqual(merged.capacity, { cpu: '8', 'example.com/dongle': '3' });
  assert.deepEqual(merged.allocatable, { cpu: '7', 'example.com/dongle': '3' });
});

test('a part of a report leaves the other parts of the status', () => {
  const old = { capacity: { cpu: '4' }, phase: 'x', conditions: [{ type: 'Ready', status: 'Unknown' }] };
  const merged = mergeNodeStatus(old, { conditions: [{ type: 'Ready', status: 'True' }] }, 0);
  assert.deepEqual(merged.capacity, { cpu: '4' });
  assert.deepEqual(merged.conditions, [{ type: 'Ready', status: 'True', lastTransitionTime: '1970-01-01T00:00:00Z' }]);
});

test('a silent node is Unknown in every condition, once', () => {
  const node = (conditions: NodeCondition[] | undefined): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', creationTimestamp: 't0' },
    spec: {},
    status: conditions === undefined ? {} : { conditions },
  });
  const conditions = unknownConditions(node([{ type: 'Ready', status: 'True', lastTransitionTime: 't0' }]), 0);
  assert.deepEqual(
    conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ],
  );
  assert.equal(conditions?.[1]?.lastHeartbeatTime, 't0');
  assert.equal(unknownConditions(node(conditions), 1), undefined);
});

test('labels a user chose are set when the Node is made; facts follow the node; restricted ones never', () => {
  const report = {
    labels: { site: 'roof', 'kubernetes.io/arch': 'arm64', 'node-restriction.kubernetes.io/x': '1' },
  };
  const node: Node = newNode('n1', report);
  assert.deepEqual(node.metadata.labels, {
    'kubernetes.io/hostname': 'n1',
    site: 'roof',
    'kubernetes.io/arch': 'arm64',
  });
  node.metadata.labels = { site: 'cellar', 'kubernetes.io/arch': 'amd64' };
  assert.equal(applyNodeMeta(node, report), true);
  assert.deepEqual(node.metadata.labels, { site: 'cellar', 'kubernetes.io/arch': 'arm64' });
});

test('a node writes events about its own Pods and itself only', () => {
  const base = { type: 'Normal' as const, reason: 'r', message: '', component: 'c', first: '', last: '', count: 1 };
  const about = (kind: string, name: string, namespace: string, event: string) =>
    plausibleEvent('n1', { ...base, namespace, name: event, regarding: { kind, name, namespace } });
  assert.equal(about('Pod', 'p', 'a', 'p.123'), true);
  assert.equal(about('Pod', 'p', 'a', 'other.123'), false);
  assert.equal(about('Secret', 'p', 'a', 'p.123'), false);
  assert.equal(about('Node', 'n2', 'default', 'n2.123'), false);
  assert.equal(about('Node', 'n1', 'default', 'n1.123'), true);
});
