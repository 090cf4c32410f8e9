/** Owners of replicas, between a workload and its Scale. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../../../hub/api/object.ts';
import { fieldAt, parentEntries, scaleEntries } from '../../../hub/registry/managed-fields/scale-entries.ts';

const entry = (manager: string, fieldsV1: object, rest: object = {}): ManagedFieldsEntry =>
  ({
    manager,
    operation: 'Apply',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...rest,
  }) as ManagedFieldsEntry;
const field = fieldAt('.spec.size');
const before = [
  entry('a', { 'f:spec': { 'f:size': {}, 'f:paused': {} } }),
  entry('b', { 'f:metadata': { 'f:labels': {} } }),
];

test('a Scale tells the owners of the replicas, wherever a workload keeps them', () => {
  assert.deepEqual(scaleEntries(before, field), [
    entry('a', { 'f:spec': { 'f:replicas': {} } }, { apiVersion: 'autoscaling/v1' }),
  ]);
});

test('who takes the replicas through the Scale takes them from the owner of the workload', () => {
  const taken = entry('c', { 'f:spec': { 'f:replicas': {} } }, { apiVersion: 'autoscaling/v1', subresource: 'scale' });
  assert.deepEqual(parentEntries(before, [taken], { field, apiVersion: 'apps/v1' }), [
    entry('a', { 'f:spec': { 'f:paused': {} } }),
    entry('b', { 'f:metadata': { 'f:labels': {} } }),
    entry('c', { 'f:spec': { 'f:size': {} } }, { subresource: 'scale' }),
  ]);
});

test('nothing changes when the owners are the same', () => {
  assert.deepEqual(parentEntries(before, scaleEntries(before, field), { field, apiVersion: 'apps/v1' }), before);
});
