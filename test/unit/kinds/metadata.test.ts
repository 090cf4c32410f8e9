/** What the hub says about metadata, in the words Kubernetes uses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invalidObject } from '../../../hub/api/field-error.ts';
import { isDns1123Subdomain } from '../../../hub/api/names.ts';
import type { ObjectMeta } from '../../../hub/api/object.ts';
import { validateMetadata, validateMetadataUpdate } from '../../../hub/kinds/metadata.ts';
import { lines } from './made.ts';

const rules = { namespaced: true, validateName: isDns1123Subdomain };
const check = (meta: ObjectMeta) => lines(validateMetadata({ name: 'x', namespace: 'default', ...meta }, rules));

test('metadata of an ordinary object is fine', () => {
  assert.deepEqual(check({ labels: { 'example.com/a': 'b', c: '' }, annotations: { 'A/b': 'anything at all' } }), []);
});

test('an object without a name says what to give it', () => {
  assert.deepEqual(lines(validateMetadata({ namespace: 'default' }, rules)), [
    'metadata.name: Required value: name or generateName is required',
  ]);
});

test('a name with capitals is refused with the rule it breaks', () => {
  const [first = ''] = check({ name: 'A' });
  assert.match(first, /^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of/);
});

test('a prefix of names may end with a dash', () => {
  assert.deepEqual(check({ generateName: 'web-' }), []);
});

test('an object without a namespace is not one of a namespaced kind, and the other way round', () => {
  assert.deepEqual(lines(validateMetadata({ name: 'x' }, rules)), ['metadata.namespace: Required value']);
  const cluster = { ...rules, namespaced: false };
  assert.deepEqual(lines(validateMetadata({ name: 'x', namespace: 'a' }, cluster)), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ]);
});

test('annotations are bounded together', () => {
  assert.deepEqual(check({ annotations: { a: 'x'.repeat(262_143) } }), []);
  assert.deepEqual(check({ annotations: { a: 'x'.repeat(262_144) } }), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ]);
});

test('two controllers cannot own one object', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: '1', controller: true };
  const [first = ''] = check({ ownerReferences: [owner, { ...owner, name: 'b', uid: '2' }] });
  assert.match(
    first,
    /Only one reference can have Controller set to true\. Found "true" in references for ReplicaSet\/a and ReplicaSet\/b$/,
  );
});

test('a finalizer without a domain must be one of the known ones', () => {
  assert.deepEqual(check({ finalizers: ['orphan', 'example.com/mine'] }), []);
  assert.deepEqual(check({ finalizers: ['mine'] }), [
    'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ]);
});

test('what is being deleted takes no new finalizers', () => {
  const old = { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] };
  const why =
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"d.e/f"}';
  const refused = validateMetadataUpdate({ ...old, finalizers: ['a.b/c', 'd.e/f'] }, old);
  assert.deepEqual(lines(refused), [why]);
  assert.deepEqual(validateMetadataUpdate({ ...old, finalizers: [] }, old), []);
});

test('a uid never changes; what is found twice stands once in the message', () => {
  const refused = validateMetadataUpdate({ name: 'x', uid: 'b' }, { name: 'x', uid: 'a' });
  const why = 'metadata.uid: Invalid value: "b": field is immutable';
  assert.deepEqual(lines(refused), [why]);
  assert.equal(invalidObject('', 'Pod', 'x', [...refused, ...refused]).message, `Pod "x" is invalid: ${why}`);
});
