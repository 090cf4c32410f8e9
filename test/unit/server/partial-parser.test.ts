/** What is left out of parsing changes no row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partialBytes, partialText } from '../../../hub/server/partial.ts';
import { PartialParser } from '../../../hub/server/partial-parser.ts';
import type { KubeObject } from '../../../hub/api/object.ts';

const owned = (name: string): object => ({ 'f:data': { '.': {}, [`f:${name}`]: {}, 'k:{"a":"ü}"}': {} } });
const objects = [
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      name: 'both',
      labels: { 'a"b': '{"managedFields":[', ü: '' },
      managedFields: [
        { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: owned('x') },
        { manager: 'b', operation: 'Apply', apiVersion: 'v1' },
        { manager: 'c', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: owned('y') },
      ],
      creationTimestamp: '2026-01-02T03:04:05Z',
    },
    data: { x: '→\n', y: '"' },
  },
  { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'none' }, data: {} },
  { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'big' }, data: { much: 'x'.repeat(100_000) } },
] as unknown as KubeObject[];

const bytesOf = (object: KubeObject): Buffer => Buffer.from(JSON.stringify(object));

for (const object of objects) {
  const name = object.metadata.name ?? '';
  test(`a row of ${name}`, () => {
    const sketch = new PartialParser().sketch(bytesOf(object));
    // what is very big is parsed whole
    if (name === 'big') return assert.equal(sketch, undefined);
    const { managedFields: _, ...metadata } = object.metadata;
    assert.deepEqual(sketch?.object, { ...object, metadata });
    assert.equal(partialBytes(sketch?.metadata ?? Buffer.alloc(0), 'v1').toString(), partialText(object, 'v1'));
  });

  test(`the metadata of ${name}`, () => {
    const metadata = new PartialParser().metadata(bytesOf(object)) ?? Buffer.alloc(0);
    assert.equal(partialBytes(metadata, 'v1').toString(), partialText(object, 'v1'));
  });
}

test('one parser goes from object to object', () => {
  const parser = new PartialParser();
  const names = objects.slice(0, 2).map((object) => parser.sketch(bytesOf(object))?.object.metadata.name);
  assert.deepEqual(names, ['both', 'none']);
});
