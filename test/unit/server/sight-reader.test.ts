/** What a reader passes over, or has from an object before, changes nothing of what is looked at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SightReader } from '../../../hub/server/sight-reader.ts';
import type { Fields } from '../../../hub/kinds/sight.ts';

const sight: Fields = {
  metadata: { name: 'all' },
  spec: { items: 'count', node: 'all', nothing: 'all', numbers: 'all' },
  status: { conditions: 'all', inner: { deep: 'all', list: 'count' } },
};

const object = (index: number): Record<string, unknown> => ({
  kind: 'Thing',
  apiVersion: 'v1',
  metadata: {
    uid: `é-${index}`,
    labels: { 'a"b': '{"name":["', ü: '', '': '' },
    name: `näme"${index}\n`,
    managedFields: [{ fieldsV1: { 'f:a': { '.': {}, [`k:{"x":"]}${index}"}`]: {} } }, time: 'now' }],
  },
  spec: {
    items: Array.from({ length: index % 4 }, (_, at) => ({ at, text: 'x'.repeat(index), list: [1, [2, '],[']] })),
    unseen: { items: [1, 2, 3], node: 'other' },
    node: index % 3 === 0 ? '' : '→',
    nothing: null,
    numbers: [index % 2 === 0 ? 1.5e300 : -12, true, false, null, 2 ** 53],
  },
  unheard: index % 5,
  status: {
    conditions: [{ type: 'Ready', status: 'True', reason: index % 6 < 3 ? 'Same' : `Other${index}`, message: '"\\"' }],
    inner: { list: index % 2 === 0 ? [] : ['a,b', { c: ']' }], deep: { [`k${index % 2}`]: { z: {} } }, more: 'x' },
  },
});

/** What is looked at, of the object as it would be parsed whole. */
function expected(value: unknown, seen: unknown): unknown {
  if (seen === 'count' && Array.isArray(value)) return new Array(value.length);
  if (typeof seen !== 'object' || typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name in (seen as object));
  return Object.fromEntries(fields.map(([name, one]) => [name, expected(one, (seen as Fields)[name])]));
}

test('of object after object the same is seen as of each parsed whole', () => {
  const reader = new SightReader(sight);
  for (let index = 0; index < 100; index++) {
    const text = JSON.stringify(object(index));
    const seen = reader.read(Buffer.from(text));
    assert.ok(seen, text);
    assert.deepEqual(seen.object, expected(JSON.parse(text), sight), text);
    assert.equal(seen.metadata.toString(), JSON.stringify(object(index)['metadata']));
  }
});

test('fields may come in any order, and may be missing', () => {
  const reader = new SightReader(sight);
  const { metadata, spec, status } = object(1);
  for (const one of [
    { status, metadata, spec },
    { metadata },
    { spec, metadata },
    { metadata: {}, spec: null, status: {} },
  ]) {
    const seen = reader.read(Buffer.from(JSON.stringify(one)));
    assert.deepEqual(seen?.object, expected(JSON.parse(JSON.stringify(one)), sight));
    assert.equal(seen?.metadata.toString(), JSON.stringify(one.metadata));
  }
});

test('names that every object has from its prototype are names like others', () => {
  const text = '{"metadata":{"name":"x","constructor":{"a":1},"toString":"y"},"hasOwnProperty":1}';
  assert.deepEqual(new SightReader(sight).read(Buffer.from(text))?.object, { metadata: { name: 'x' } });
});

test('what JSON.stringify did not write has to be parsed', () => {
  const reader = new SightReader(sight);
  for (const text of [
    '',
    '[]',
    '{}',
    '{"spec":{}}',
    '{ "metadata":{}}',
    '{"metadata" :{}}',
    '{"metadata":{"":1}}',
    '{"metadata":{"a\\"":1}}',
    '{"metadata":{}',
    '{"metadata":{},"spec":{"items":[1 ,2]]}',
  ])
    assert.equal(reader.read(Buffer.from(text)), undefined, text);
  assert.ok(reader.read(Buffer.from('{"metadata":{}}')));
});
