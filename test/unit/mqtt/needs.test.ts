/** What a Pod names, which nodes need it, and when a change is news for a node. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { pods } from '../../../hub/api/resource.ts';
import { refuseConnect, refusePublish, refuseSubscribe } from '../../../hub/mqtt/broker/gate.ts';
import { Needs } from '../../../hub/mqtt/sync/needs.ts';
import { concerns, project, versionOf } from '../../../hub/mqtt/sync/projection.ts';
import { referencesOf } from '../../../hub/mqtt/sync/references.ts';
import { Usage } from '../../../hub/mqtt/usage/usage.ts';
import type { Entry } from '../../../hub/registry/registry.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

test('everything a Pod names is found', () => {
  const pod = podObject('p', {
    containers: [
      {
        name: 'a',
        env: [{ name: 'x', valueFrom: { secretKeyRef: { name: 's1', key: 'k' } } }],
        envFrom: [{ configMapRef: { name: 'c1' } }],
      },
    ],
    initContainers: [{ name: 'b', env: [{ name: 'x', valueFrom: { configMapKeyRef: { name: 'c2', key: 'k' } } }] }],
    ephemeralContainers: [{ name: 'c', envFrom: [{ secretRef: { name: 's2' } }] }],
    volumes: [
      { name: '1', configMap: { name: 'c3' } },
      { name: '2', secret: { secretName: 's3' } },
      { name: '4', persistentVolumeClaim: { claimName: 'v1' } },
      { name: '5', ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { name: '3', projected: { sources: [{ configMap: { name: 'c4' } }, { secret: { name: 's4' } }] } },
    ],
    imagePullSecrets: [{ name: 's5' }],
    runtimeClassName: 'process',
  }) as unknown as Pod;
  const expected = ['c1', 'c2', 'c3', 'c4'].map((name) => `configmaps/default/${name}`);
  expected.push('persistentvolumeclaims/default/p-5', 'persistentvolumeclaims/default/v1');
  expected.push('runtimeclasses//process', ...['s1', 's2', 's3', 's4', 's5'].map((name) => `secrets/default/${name}`));
  assert.deepEqual([...referencesOf(pod)].sort(), expected);
});

test('a node needs a thing from the first Pod that names it to the last', () => {
  const needs = new Needs();
  assert.deepEqual(needs.add('n1', 'k'), ['k']);
  assert.deepEqual(needs.add('n1', 'k'), []);
  assert.deepEqual(needs.add('n2', 'k'), ['k']);
  assert.deepEqual([...needs.nodes('k')], ['n1', 'n2']);
  assert.deepEqual(needs.remove('n1', 'k'), []);
  assert.deepEqual(needs.remove('n1', 'k'), ['k']);
  assert.deepEqual(needs.remove('n1', 'k'), []);
  needs.drop('n2');
  assert.deepEqual([...needs.nodes('k')], []);
});

test('a node needs the volume behind a claim, whichever it is', () => {
  let volume: string | undefined;
  const needs = new Needs((key) => (key === 'claim' ? volume : undefined));
  assert.deepEqual(needs.add('n1', 'claim'), ['claim']);
  assert.deepEqual(needs.refresh('claim'), []);
  volume = 'v1';
  assert.deepEqual(needs.refresh('claim'), [{ node: 'n1', key: 'v1' }]);
  assert.deepEqual(needs.add('n2', 'claim'), ['claim', 'v1']);
  assert.deepEqual(needs.remove('n2', 'claim'), ['claim', 'v1']);
  volume = 'v2';
  const moved = ['v2', 'v1'].map((key) => ({ node: 'n1', key }));
  assert.deepEqual(needs.refresh('claim'), moved);
  assert.deepEqual(needs.remove('n1', 'claim'), ['claim', 'v2']);
  volume = undefined;
  assert.deepEqual(needs.add('n1', 'claim'), ['claim']);
});

test("a node's own status report is no news for it; spec, labels and deletion are", async (t) => {
  const registry = await openTestRegistry(t);
  const { entry } = await registry.create(pods, 'default', podObject('p', { nodeName: 'n1' }), asAdmin);
  const status = (pod: Pod): void => {
    pod.status = { ...pod.status, phase: 'Running' };
  };
  const reported = await registry.modify<Pod>(pods, 'default', 'p', status, { ...asAdmin, subresource: 'status' });
  assert.equal(concerns(entry, reported.entry), false);
  assert.equal(versionOf(entry), versionOf(reported.entry));
  const label = (pod: Pod): void => {
    pod.metadata.labels = { a: '1' };
  };
  const labelled = await registry.modify<Pod>(pods, 'default', 'p', label, asAdmin);
  assert.equal(concerns(reported.entry, labelled.entry), true);
  await registry.delete(pods, 'default', 'p', asAdmin);
  const deleted = registry.get(pods, 'default', 'p') as Entry;
  assert.equal(concerns(labelled.entry, deleted), true);
  const sent = JSON.parse(project(deleted).bytes.toString()) as Pod;
  assert.equal(sent.metadata.managedFields, undefined);
  assert.equal(sent.metadata.resourceVersion, versionOf(deleted));
});

test('the gate lets a node be itself only', () => {
  const identity = { node: 'n1', keyHash: undefined };
  const packet = { clientId: 'system:node:n1', clean: true };
  assert.equal(refuseConnect(identity, packet), undefined);
  assert.match(refuseConnect(undefined, packet) ?? '', /names no node/);
  assert.match(refuseConnect(identity, { ...packet, clientId: 'system:node:n2' }) ?? '', /client id/);
  assert.match(refuseConnect(identity, { ...packet, clean: false }) ?? '', /clean/);
  const will = { topic: 'coracle/v1/nodes/system:node:n2/session' };
  assert.match(refuseConnect(identity, { ...packet, will }) ?? '', /will/);
  const message = { topic: 'coracle/v1/nodes/system:node:n1/report', qos: 1, retain: false };
  assert.equal(refusePublish('n1', message), undefined);
  assert.match(refusePublish('n1', { ...message, qos: 2 }) ?? '', /QoS 2/);
  assert.match(refusePublish('n1', { ...message, retain: true }) ?? '', /retained/);
  assert.match(refuseSubscribe('n1', 'coracle/v1/nodes/+/objects') ?? '', /refused/);
});

test('usage keeps what was told last and an hour of it', () => {
  let now = 3_600_000_000;
  const usage = new Usage({ clock: { now: () => now, after: () => () => {}, sleep: async () => {} } });
  usage.take('n1', { time: 't', cpu: 1, memory: { total: 4, used: 2, available: 2 } });
  now += 60_000;
  usage.take('n1', { time: 't', cpu: 3 });
  assert.deepEqual(usage.of('n1')?.last.memory?.used, 2);
  const history = usage.history('n1');
  assert.equal(history?.values.cpu.length, 120);
  assert.deepEqual([...(history?.values.cpu.slice(-4) ?? [])], [Number.NaN, 1, 1, 3]);
  assert.equal(history?.values.memory.at(-1), 2);
  assert.equal(usage.of('n2'), undefined);
  now += 3_600_000;
  assert.deepEqual(new Set(usage.history('n1')?.values.cpu), new Set([3]));
});
