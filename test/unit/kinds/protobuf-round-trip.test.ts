/** Objects with every field their schema has come back from Protocol Buffers as they were, and broken ones break nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../hub/api/errors.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { openEnvelope, Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { ProtobufFault } from '../../../hub/kinds/protobuf/wire-reader.ts';
import type { Schemas, Value } from '../../../hub/kinds/schema.ts';

const schemas = loadSchemas();
const protobuf = new Protobuf();

/** What JSON has in place of types that are not objects there. */
const ofType: Readonly<Record<string, unknown>> = {
  JSONSchemaPropsOrArray: [{ type: 'string' }, { type: 'integer' }],
  JSONSchemaPropsOrBool: { type: 'string' },
  JSONSchemaPropsOrStringArray: ['a', 'b'],
};

/** Fields whose numbers are not known: what has them travels as JSON. */
const numberless = new Set([
  'BasicDevice.nodeAllocatableResourceMappings',
  'CustomResourceDefinitionCondition.observedGeneration',
  'CustomResourceDefinitionStatus.observedGeneration',
  'ListMeta.shardInfo',
]);

function sample(value: Value, within: readonly string[], name: string): unknown {
  switch (value.is) {
    case 'string':
      if (value.format === 'byte') return '/wAB';
      if (value.format === 'date-time') return '2024-02-03T04:05:06Z';
      if (value.format === 'micro-time') return '2024-02-03T04:05:06.000789Z';
      return `text of ${name}: ä`;
    case 'integer':
      return value.format === 'int64' ? -4_000_000_000_123 : -5;
    case 'number':
      return 1.5;
    case 'boolean':
      return true;
    case 'int-or-string':
      return name.length % 2 === 0 ? '50%' : 7;
    case 'quantity':
      return '1500m';
    case 'any':
      return { some: ['json', 1, null] };
    case 'object':
      return ofType[value.type.split('.').pop() ?? ''] ?? full(value.type, within);
    case 'list':
      return [sample(value.item, within, name), sample(value.item, within, `${name}2`)];
    case 'map':
      return { a: sample(value.item, within, name), b: sample(value.item, within, `${name}2`) };
  }
}

/** An object with all its fields; types inside themselves stay empty. */
function full(type: string, within: readonly string[] = []): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  if (within.includes(type)) return object;
  for (const field of schemas.get(type)?.fields.values() ?? []) {
    if (
      (isHead(schemas, type) || type.endsWith('.DeleteOptions')) &&
      (field.name === 'kind' || field.name === 'apiVersion')
    )
      continue;
    if (numberless.has(`${type.split('.').pop()}.${field.name}`)) continue;
    object[field.name] = sample(schemaOr(type, field.name) ?? field.value, [...within, type], field.name);
  }
  return object;
}

/** Fields of JSON schemas that the table calls any JSON. */
function schemaOr(type: string, name: string): Value | undefined {
  if (!type.endsWith('.JSONSchemaProps')) return undefined;
  const own = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOr';
  if (name === 'items') return { is: 'object', type: `${own}Array` };
  if (name === 'additionalItems' || name === 'additionalProperties') return { is: 'object', type: `${own}Bool` };
  if (name === 'dependencies') return { is: 'map', item: { is: 'object', type: `${own}StringArray` } };
  return undefined;
}

const isHead = (from: Schemas, type: string): boolean => from.get(type)?.fields.has('metadata') === true;
const kinds = [...schemas.names()].filter((type) => isHead(schemas, type) && protobuf.knows(type));

test('every kind keeps every field', () => {
  assert.ok(kinds.length > 150, `only ${kinds.length} kinds`);
  for (const type of kinds) {
    const object = full(type);
    const kind = type.split('.').pop() ?? '';
    const encoded = protobuf.encode(type, { apiVersion: 'x/v1', kind, ...object });
    assert.ok(encoded !== undefined, `${type} has a field without a number`);
    const { apiVersion, kind: said, raw } = openEnvelope(encoded);
    assert.deepEqual([apiVersion, said], ['x/v1', kind]);
    assert.deepEqual(protobuf.decode(type, raw), object, type);
  }
});

test('a body cut off anywhere is refused or read as less, and never more than that', () => {
  const type = 'io.k8s.api.core.v1.Pod';
  const whole = protobuf.encode(type, { apiVersion: 'v1', kind: 'Pod', ...full(type) });
  assert.ok(whole !== undefined);
  const step = 1 + Math.floor(whole.length / 2000);
  const { raw } = openEnvelope(whole);
  for (let length = 0; length < whole.length; length += step) {
    assert.throws(() => openEnvelope(whole.subarray(0, length)), ProtobufFault);
    if (length < raw.length) readOrRefuse(type, raw.subarray(0, length));
  }
});

test('a body with wrong bytes is refused or read as something else', () => {
  const type = 'io.k8s.api.apps.v1.Deployment';
  const good = openEnvelope(
    protobuf.encode(type, { apiVersion: 'apps/v1', kind: 'Deployment', ...full(type) }) as Buffer,
  );
  let seed = 42;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
    return seed;
  };
  for (let round = 0; round < 2000; round++) {
    const bad = Buffer.from(good.raw);
    for (let spot = 0; spot < 3; spot++) bad[next() % bad.length] = next() % 256;
    readOrRefuse(type, bad);
  }
});

function readOrRefuse(type: string, raw: Buffer): void {
  try {
    protobuf.decode(type, raw);
  } catch (error) {
    assert.ok(error instanceof ProtobufFault || error instanceof ApiError, String(error));
  }
}

test('nesting is bounded', () => {
  const type = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
  let deep: object = {};
  for (let level = 0; level < 400; level++) deep = { not: deep };
  const ok = openEnvelope(protobuf.encode(type, deep) as Buffer).raw;
  assert.deepEqual(protobuf.decode(type, ok), deep);
  for (let level = 0; level < 200; level++) deep = { not: deep };
  const bad = openEnvelope(protobuf.encode(type, deep) as Buffer).raw;
  assert.throws(() => protobuf.decode(type, bad), /exceeded max depth of 500/);
});

test('what has no number travels some other way', () => {
  assert.equal(protobuf.encode('io.k8s.api.core.v1.Pod', { kind: 'Pod', ...{ spec: { unheardOf: 1 } } }), undefined);
  assert.equal(protobuf.encode('example.com.v1.Boat', { kind: 'Boat' }), undefined);
});
