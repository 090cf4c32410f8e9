/** The parts of an object are where JSON has them, whatever stands around and inside of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataParts } from '../../../hub/kinds/json-parts.ts';

const fieldsV1 = { 'f:metadata': { 'f:labels': { '.': {}, 'f:a"}],': {} } }, 'k:{"type":"Ready"}': { '.': {} } };
const managed = [
  { manager: 'a', operation: 'Update', apiVersion: 'v1', time: 't', fieldsType: 'FieldsV1', fieldsV1 },
  { manager: 'no fields', operation: 'Apply' },
  { manager: 'b', fieldsV1: {}, subresource: 'status' },
];

/** What the spans say, as JSON. */
function parts(object: unknown): { metadata: unknown; without: unknown } | undefined {
  const bytes = Buffer.from(JSON.stringify(object));
  const found = metadataParts(bytes);
  if (found === undefined) return undefined;
  const { metadata, managed: cut = { from: 0, to: 0 } } = found;
  const text = (from: number, to: number): string => bytes.toString('utf8', from, to);
  return {
    metadata: JSON.parse(text(metadata.from, metadata.to)),
    without: JSON.parse(`${text(0, cut.from)}${text(cut.to, bytes.length)}`),
  };
}

const awkward = { annotations: { 'a"b\\': '{"managedFields":[{"fieldsV1":1}]}', ü: '→,}' }, generation: 3, labels: {} };

for (const [where, metadata] of [
  ['last', { name: 'x', ...awkward, managedFields: managed }],
  ['first', { managedFields: managed, name: 'x', ...awkward }],
  ['in the middle', { name: 'x', managedFields: managed, ...awkward }],
  ['alone', { managedFields: managed }],
] as const) {
  test(`managedFields that are ${where}`, () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { metadata: { managedFields: [] } } };
    const { managedFields: _, ...rest } = metadata;
    assert.deepEqual(parts(object), {
      metadata,
      without: { ...object, metadata: rest },
    });
  });
}

test('an object without managedFields, and with an empty list of them', () => {
  const object = { metadata: awkward, kind: 'X' };
  assert.deepEqual(parts(object), { metadata: awkward, without: object });
  const empty = { kind: 'X', metadata: { managedFields: [], name: 'x' } };
  assert.deepEqual(parts(empty), {
    metadata: empty.metadata,
    without: { kind: 'X', metadata: { name: 'x' } },
  });
});

test('metadata of something inside is not that of the object', () => {
  const object = { spec: { metadata: { name: 'inner' } }, count: 1, metadata: { name: 'outer' } };
  assert.deepEqual(parts(object)?.metadata, { name: 'outer' });
});

test('bytes without metadata, or with blanks, have no parts', () => {
  assert.equal(parts({ kind: 'Status' }), undefined);
  assert.equal(parts({ metadata: null }), undefined);
  assert.equal(parts([]), undefined);
  assert.equal(metadataParts(Buffer.from('{ "metadata": {} }')), undefined);
  assert.equal(metadataParts(Buffer.from('{"metadata": {}}')), undefined);
  assert.equal(metadataParts(Buffer.alloc(0)), undefined);
});
