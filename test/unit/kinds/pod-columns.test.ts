/** The row `kubectl get pods` prints. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SightReader } from '../../../hub/server/sight-reader.ts';
import { created, strategy } from './made.ts';

const now = Date.parse('2026-01-01T01:00:00Z');

function row(status: object, parts: { spec?: object; metadata?: object } = {}): unknown[] {
  const spec = {
    containers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i' },
    ],
    ...parts.spec,
  };
  const metadata = { creationTimestamp: '2026-01-01T00:00:00Z', ...parts.metadata };
  const pod = { ...created('', 'Pod', { metadata, spec }), status };
  const { cells, cellSight } = strategy('', 'Pod');
  const row = cells(pod, now);
  // lists look at a part of it
  const seen = new SightReader(cellSight ?? {}).read(Buffer.from(JSON.stringify(pod)));
  assert.deepEqual(seen === undefined ? undefined : cells(seen.object, now), row);
  return row;
}

const runs = (name: string, ready = true) => ({
  name,
  ready,
  restartCount: 0,
  image: 'i',
  imageID: '',
  state: { running: {} },
});

test('a Pod that waits for a node is Pending', () => {
  assert.deepEqual(row({ phase: 'Pending' }), [
    'x',
    '0/2',
    'Pending',
    '0',
    '60m',
    '<none>',
    '<none>',
    '<none>',
    '<none>',
  ]);
});

test('a Pod that runs counts its ready containers', () => {
  const status = { phase: 'Running', podIPs: [{ ip: '10.1.0.2' }], containerStatuses: [runs('a'), runs('b', false)] };
  assert.deepEqual(row(status, { spec: { nodeName: 'n1' } }).slice(1, 7), [
    '1/2',
    'Running',
    '0',
    '60m',
    '10.1.0.2',
    'n1',
  ]);
});

test('a crash loop shows its reason, and when the last restart was', () => {
  const crashed = {
    ...runs('a', false),
    restartCount: 3,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } },
  };
  const status = { phase: 'Running', containerStatuses: [crashed, runs('b')] };
  assert.deepEqual(row(status).slice(1, 4), ['1/2', 'CrashLoopBackOff', '3 (5m ago)']);
});

test('a Pod whose init container waits shows that', () => {
  const spec = { initContainers: [{ name: 'i', image: 'i' }] };
  const init = (state: object) => ({ phase: 'Pending', initContainerStatuses: [{ ...runs('i', false), state }] });
  assert.equal(row(init({ running: {} }), { spec })[2], 'Init:0/1');
  assert.equal(row(init({ waiting: { reason: 'ImagePullBackOff' } }), { spec })[2], 'Init:ImagePullBackOff');
  assert.equal(row(init({ terminated: { exitCode: 2 } }), { spec })[2], 'Init:ExitCode:2');
});

test('a container that always restarts beside the Pod is counted with it', () => {
  const spec = { initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }] };
  const status = {
    phase: 'Running',
    initContainerStatuses: [{ ...runs('i'), started: true }],
    containerStatuses: [runs('a'), runs('b')],
  };
  assert.deepEqual(row(status, { spec }).slice(1, 3), ['3/3', 'Running']);
});

test('a Pod on its way out is Terminating, one that ended is not', () => {
  const metadata = { deletionTimestamp: '2026-01-01T00:59:00Z' };
  assert.equal(row({ phase: 'Running' }, { metadata })[2], 'Terminating');
  assert.equal(row({ phase: 'Succeeded' }, { metadata })[2], 'Succeeded');
});

test('readiness gates are counted', () => {
  const spec = { readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] };
  assert.equal(row({ phase: 'Running', conditions: [{ type: 'a/b', status: 'True' }] }, { spec })[8], '1/2');
});
