/** The outbox keeps the newest of everything until the hub committed it, and sends only what differs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeObjects, judgeServices } from '../../../agent/link/inbox.ts';
import { mergeNodeReport, nodeDifference } from '../../../agent/link/node-difference.ts';
import { Outbox } from '../../../agent/link/outbox.ts';
import type { EventReport, PodReport } from '../../../hub/api/link.ts';

const pod = (uid: string, phase = 'Running'): PodReport => ({ namespace: 'a', name: uid, uid, status: { phase } });
const event = (name: string): EventReport => ({
  namespace: 'a',
  name,
  regarding: { kind: 'Pod', name: 'p' },
  type: 'Normal',
  reason: 'Started',
  message: '',
  component: 'kubelet',
  first: '',
  last: '',
  count: 1,
});

test('only the newest report of a Pod is sent', () => {
  const outbox = new Outbox();
  outbox.pod(pod('1', 'Pending'));
  outbox.pod(pod('1', 'Running'));
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 1, pods: [pod('1')] });
  assert.equal(outbox.next('e'), undefined);
});

test('what changed after it was sent is sent again and not lost by the older acknowledgement', () => {
  const outbox = new Outbox();
  outbox.pod(pod('1', 'Pending'));
  outbox.next('e');
  outbox.pod(pod('1', 'Running'));
  outbox.acknowledge(1);
  assert.deepEqual(outbox.next('e')?.pods, [pod('1')]);
});

test('a new epoch repeats what was not acknowledged, and only that', () => {
  const outbox = new Outbox();
  outbox.pod(pod('1'));
  outbox.next('e');
  outbox.acknowledge(1);
  outbox.pod(pod('2'));
  outbox.next('e');
  outbox.restart();
  assert.deepEqual(outbox.next('f'), { epoch: 'f', sequence: 1, pods: [pod('2')] });
});

test('a removed volume is told until the hub has let it go', () => {
  const outbox = new Outbox();
  outbox.released('v1');
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 1, released: ['v1'] });
  outbox.repeat();
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 2, released: ['v1'] });
  outbox.acknowledge(2);
  outbox.restart();
  assert.equal(outbox.next('f'), undefined);
});

test('what the hub asks for again is sent from memory, except what is gone', () => {
  const outbox = new Outbox();
  outbox.pod(pod('1'));
  outbox.pod({ ...pod('2'), gone: true });
  outbox.next('e');
  outbox.acknowledge(1);
  outbox.restate({ pods: ['*'], node: false });
  assert.deepEqual(outbox.next('e')?.pods, [pod('1')]);
});

test('the node is told whole once in an epoch, then in parts', () => {
  const outbox = new Outbox();
  outbox.node({ labels: { a: '1', b: '1' }, status: { phase: 'x', capacity: { cpu: '4' } } });
  assert.deepEqual(Object.keys(outbox.next('e')?.node ?? {}), ['labels', 'status', 'register']);
  outbox.acknowledge(1);
  outbox.node({ labels: { a: '2' }, status: { capacity: { cpu: '4' } } });
  assert.deepEqual(outbox.next('e')?.node, { labels: { a: '2' } });
  outbox.repeat();
  assert.deepEqual(outbox.next('e')?.node, { labels: { a: '2' } });
  outbox.acknowledge(3);
  outbox.restart();
  assert.deepEqual(outbox.next('f')?.node?.status, { phase: 'x', capacity: { cpu: '4' } });
});

test('the node is registered until the hub has it, and again only when the hub asks for all of it', () => {
  const outbox = new Outbox();
  const register = (epoch: string) => outbox.next(epoch)?.node?.register;
  outbox.node({ labels: { a: '1' } });
  assert.equal(register('e'), true);
  outbox.restart();
  assert.equal(register('f'), true);
  outbox.acknowledge(1);
  outbox.restart();
  assert.equal(register('g'), undefined);
  outbox.restate({ pods: [], node: true });
  assert.equal(register('g'), true);
});

test('events are bounded, the oldest go first', () => {
  const outbox = new Outbox();
  for (let index = 0; index < 700; index++) outbox.event(event(`e${index}`));
  const sent: string[] = [];
  for (let report = outbox.next('e'); report !== undefined; report = outbox.next('e')) {
    sent.push(...(report.events ?? []).map(({ name }) => name));
  }
  assert.equal(sent.length, 500);
  assert.equal(sent[0], 'e200');
});

test('many Pods travel in several reports', () => {
  const outbox = new Outbox();
  for (let index = 0; index < 250; index++) outbox.pod(pod(`${index}`));
  assert.deepEqual(
    [1, 2, 3, 4].map(() => outbox.next('e')?.pods?.length),
    [100, 100, 50, undefined],
  );
  assert.equal(outbox.unacknowledged, 3);
});

test('parts of a node report merge by key and differ by value', () => {
  const merged = mergeNodeReport({ labels: { a: '1' }, status: { phase: 'x' } }, { labels: { b: '2' } });
  assert.deepEqual(merged, { labels: { a: '1', b: '2' }, status: { phase: 'x' } });
  assert.equal(nodeDifference(merged, structuredClone(merged)), undefined);
});

test('epochs and sequences decide what a message is', () => {
  const position = { name: 'e.1', next: 3 };
  assert.equal(judgeObjects(position, { epoch: 'e.1', sequence: 3 }), 'apply');
  assert.equal(judgeObjects(position, { epoch: 'e.1', sequence: 2 }), 'drop');
  assert.equal(judgeObjects(position, { epoch: 'e.1', sequence: 4 }), 'resync');
  assert.equal(judgeObjects(position, { epoch: 'd.9', sequence: 3 }), 'drop');
  assert.equal(judgeServices(undefined, { stream: 's', sequence: 9 }), 'drop');
  assert.equal(judgeServices({ name: 's', next: 2 }, { stream: 't', sequence: 1 }), 'resync');
});

test('static Pods go whole, once an epoch and again until they are acknowledged', () => {
  const outbox = new Outbox();
  const list = [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 's' }, spec: { containers: [] } }];
  assert.equal(outbox.next('e'), undefined);
  outbox.statics(list);
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 1, statics: list });
  assert.equal(outbox.next('e'), undefined);
  outbox.repeat();
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 2, statics: list });
  outbox.statics([]);
  outbox.acknowledge(2);
  assert.deepEqual(outbox.next('e'), { epoch: 'e', sequence: 3, statics: [] });
  outbox.acknowledge(3);
  outbox.repeat();
  assert.equal(outbox.next('e'), undefined);
  outbox.restart();
  assert.deepEqual(outbox.next('f'), { epoch: 'f', sequence: 1, statics: [] });
});
