/** Bodies in Protocol Buffers become the JSON they stand for, and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEnvelope, Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { ProtobufFault } from '../../../hub/kinds/protobuf/wire-reader.ts';
import { bytes, envelope, number } from '../../support/wire.ts';

const decoder = new Protobuf();
const core = (kind: string): string => `io.k8s.api.core.v1.${kind}`;

test('an envelope names what is in it', () => {
  const opened = openEnvelope(envelope('v1', 'ConfigMap', bytes(1, bytes(1, 'a'))));
  assert.deepEqual([opened.apiVersion, opened.kind, opened.raw.length], ['v1', 'ConfigMap', 5]);
  assert.throws(() => openEnvelope(Buffer.from('{}')), ProtobufFault);
});

test('maps, lists, numbers and nested messages are read', () => {
  const body = Buffer.concat([
    bytes(1, bytes(1, 'web'), bytes(11, bytes(1, 'app'), bytes(2, 'x')), bytes(8, number(1, 1_700_000_000))),
    bytes(
      2,
      bytes(1, bytes(1, 'http'), number(3, 80), bytes(4, number(1, 1), bytes(3, 'named'))),
      bytes(1, number(3, 81)),
    ),
  ]);
  assert.deepEqual(decoder.decode(core('Service'), body), {
    metadata: { name: 'web', labels: { app: 'x' }, creationTimestamp: '2023-11-14T22:13:20Z' },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 'named' }, { port: 81 }] },
  });
});

test('structs that JSON has inline are read inline', () => {
  const volume = bytes(1, bytes(1, 'v'), bytes(2, bytes(6, bytes(1, 'secret'))));
  assert.deepEqual(decoder.decode(core('PodSpec'), volume), {
    volumes: [{ name: 'v', secret: { secretName: 'secret' } }],
  });
});

test('quantities, bytes, negative numbers and zero times have their JSON form', () => {
  const secret = bytes(2, bytes(1, 'k'), bytes(2, Buffer.from([0xff, 0x00])));
  assert.deepEqual(decoder.decode(core('Secret'), secret), { data: { k: '/wA=' } });
  const resources = bytes(1, bytes(1, 'cpu'), bytes(2, bytes(1, '100m')));
  assert.deepEqual(decoder.decode(core('ResourceRequirements'), resources), { limits: { cpu: '100m' } });
  const meta = Buffer.concat([number(7, -1), bytes(8)]);
  const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
  assert.deepEqual(decoder.decode(metaType, meta), { generation: -1 });
});

test('a field nobody knows is skipped, whatever it holds', () => {
  const group = Buffer.from([0x9b, 0x06, 0x08, 0x01, 0x9c, 0x06]);
  const body = Buffer.concat([bytes(77, 'x'), number(78, 5), group, bytes(2, bytes(1, 'a'), bytes(2, 'b'))]);
  assert.deepEqual(decoder.decode(core('ConfigMap'), body), { data: { a: 'b' } });
});

test('zero is unset, except behind a pointer', () => {
  const spec = Buffer.concat([number(1, 0), number(5, 0), number(7, 0)]);
  assert.deepEqual(decoder.decode('io.k8s.api.apps.v1.DeploymentSpec', spec), { replicas: 0 });
});

test('bytes that are no message are refused', () => {
  for (const broken of [Buffer.from([0x0a, 0x05, 0x01]), Buffer.from([0x0f]), Buffer.from([0x0a, 0xff, 0xff, 0xff])]) {
    assert.throws(() => decoder.decode(core('ConfigMap'), broken), ProtobufFault);
  }
});
