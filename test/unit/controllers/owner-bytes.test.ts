/** Owners are read out of bytes as they are out of the object. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { ownersIn } from '../../../hub/controllers/owner-bytes.ts';
import type { Entry } from '../../../hub/registry/registry.ts';

function entryOf(object: unknown): Entry & { parsed: number } {
  const entry = {
    bytes: Buffer.from(JSON.stringify(object)),
    parsed: 0,
    object() {
      entry.parsed++;
      return object as KubeObject;
    },
  };
  return entry as unknown as Entry & { parsed: number };
}

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true };

test('owners are found without parsing the object', () => {
  const entry = entryOf({ metadata: { name: 'p', ownerReferences: [owner] }, spec: { args: ['"ownerReferences":['] } });
  assert.deepEqual(ownersIn(entry), [owner]);
  assert.deepEqual(ownersIn(entryOf({ metadata: { name: 'p' } })), []);
  assert.equal(entry.parsed, 0);
});

test('what is not clear from the bytes is read from the object', () => {
  const odd = { ...owner, kind: 'Odd]' };
  const bracket = entryOf({ metadata: { ownerReferences: [odd] } });
  assert.deepEqual(ownersIn(bracket), [odd]);
  const nested = entryOf({ metadata: { ownerReferences: [owner] }, spec: { metadata: { ownerReferences: [odd] } } });
  assert.deepEqual(ownersIn(nested), [owner]);
  assert.deepEqual([bracket.parsed, nested.parsed], [1, 1]);
});
