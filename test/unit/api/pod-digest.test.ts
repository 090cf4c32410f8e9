/** The digest of a Pod: what controllers and scheduler go by without parsing it, and what Pods of one template share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestPod } from '../../../hub/api/pod-digest.ts';
import { SharedValues } from '../../../hub/registry/shared-values.ts';
import { Slabs } from '../../../hub/registry/slabs.ts';
import { aPod } from '../../support/workloads.ts';

test('a Pod that runs is active and ready since its condition changed', () => {
  const digest = digestPod(
    aPod('p', {
      spec: { nodeName: 'n', priority: 7 },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' }],
      },
    }),
  );
  assert.equal(digest.node, 'n');
  assert.equal(digest.active, true);
  assert.equal(digest.ready, true);
  assert.equal(digest.readySince, Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(digest.priority, 7);
  assert.equal(digest.hasClaims, false);
});

test('claims, affinity and finalizers are told', () => {
  const pod = aPod('p', {
    spec: { affinity: {}, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
  });
  pod.metadata.finalizers = ['example.com/f'];
  const digest = digestPod(pod);
  assert.deepEqual([digest.hasClaims, digest.hasAffinity, digest.hasFinalizers], [true, true, true]);
});

test('Pods that ask alike share the text of it, and their owner', () => {
  const shared = new SharedValues();
  const owned = (name: string) => {
    const pod = aPod(name);
    pod.metadata.ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true },
    ];
    return digestPod(pod, shared.of);
  };
  const one = owned('a');
  const other = owned('b');
  assert.equal(one.asks, other.asks);
  assert.ok(one.controller !== undefined);
  assert.equal(one.controller, other.controller);
});

test('a text and a value that looks like it are not mixed up', () => {
  const shared = new SharedValues();
  assert.equal(shared.of('{"a":"b"}'), '{"a":"b"}');
  assert.deepEqual(shared.of({ a: 'b' }), { a: 'b' });
  assert.equal(shared.of(undefined), undefined);
});

test('bytes in slabs stay what they were, whatever comes after them', () => {
  const slabs = new Slabs();
  const texts = Array.from({ length: 500 }, (_, index) => `${index}:${'x'.repeat((index * 97) % 3000)}`);
  const kept = texts.map((text) => slabs.keep(Buffer.from(text)));
  assert.deepEqual(
    kept.map((bytes) => bytes.toString()),
    texts,
  );
  assert.equal(slabs.keep(Buffer.alloc(100_000, 1)).length, 100_000);
});
