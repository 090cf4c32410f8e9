/** What a refused patch shows: the object as Kubernetes' patch library would have written it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { sharedPaths } from '../../../hub/registry/managed-fields/shared-paths.ts';
import { patchedText, touchedBySteps } from '../../../hub/registry/patch/patched-text.ts';
import { restoreFault } from '../../../hub/registry/patch/restore-fault.ts';

const protobuf = new Protobuf();
const source = {
  schemas: loadSchemas(),
  type: 'io.k8s.api.core.v1.ConfigMap',
  fieldOrder: (type: string): readonly string[] => protobuf.fieldOrder(type),
};
const object = {
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { labels: { a: 'b' }, uid: 'u', name: 'm', managedFields: [{ apiVersion: 'v1', manager: 'x' }] },
  data: { z: '1', a: 2 },
};

test('what the patch went through is sorted, the rest stands as in the structs', () => {
  const metadata = '{"name":"m","uid":"u","labels":{"a":"b"},"managedFields":[{"manager":"x","apiVersion":"v1"}]}';
  const expected = `{"apiVersion":"v1","data":{"a":2,"z":"1"},"kind":"ConfigMap","metadata":${metadata}}`;
  assert.equal(patchedText(object, { data: { a: 2 } }, source), expected);
  assert.equal(patchedText(object, touchedBySteps([{ op: 'add', path: '/data/a', value: 2 }]), source), expected);
});

test('a strategic patch complains as the converter of maps does', () => {
  const into = (json: string, type: string): string =>
    restoreFault(`json: cannot unmarshal ${json} into Go struct field X.spec.y of type ${type}`);
  assert.equal(into('string', 'int32'), 'unrecognized type: int32');
  assert.equal(into('number', 'string'), 'cannot convert int64 to string');
  assert.equal(into('bool', '[]v1.Container'), 'cannot restore slice from bool');
  assert.equal(into('string', 'v1.PodSpec'), 'cannot restore struct from: string');
  assert.equal(restoreFault('something else'), 'something else');
});

test('paths of one depth share their memory as they do in the API server', () => {
  const leaf = {};
  const deep = { 'f:image': leaf, 'f:env': { 'k:{"name":"Y"}': { 'f:value': leaf } } };
  const set = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"a"}': deep } } } } };
  assert.deepEqual(
    sharedPaths(set).map((path) => path[5]),
    ['f:env', 'f:env'],
  );
  assert.deepEqual(sharedPaths({ 'f:a': leaf, 'f:b': leaf }), [['f:a'], ['f:b']]);
});
