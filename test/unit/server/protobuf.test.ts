/** Bodies in Protocol Buffers become the JSON they stand for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { openEnvelope, ProtobufDecoder } from '../../../hub/server/protobuf/decode.ts';
import { WireFault } from '../../../hub/server/protobuf/reader.ts';
import { bytes, envelope, number } from '../../support/wire.ts';

const decoder = new ProtobufDecoder({ schemas: loadSchemas() });
const core = (kind: string): string => `io.k8s.api.core.v1.${kind}`;

test('an envelope names what is in it', () => {
  const opened = openEnvelope(envelope('v1', 'ConfigMap', bytes(1, bytes(1, 'a'))));
  assert.deepEqual([opened.apiVersion, opened.kind, opened.raw.length], ['v1', 'ConfigMap', 5]);
  assert.throws(() => openEnvelope(Buffer.from('{}')), WireFault);
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
    value: {
      metadata: { name: 'web', labels: { app: 'x' }, creationTimestamp: '2023-11-14T22:13:20Z' },
      spec: { ports: [{ name: 'http', port: 80, targetPort: 'named' }, { port: 81 }] },
    },
    unknown: [],
  });
});

test('structs that JSON has inline are read inline', () => {
  const volume = bytes(1, bytes(1, 'v'), bytes(2, bytes(6, bytes(1, 'secret'))));
  assert.deepEqual(decoder.decode(core('PodSpec'), volume).value, {
    volumes: [{ name: 'v', secret: { secretName: 'secret' } }],
  });
});

test('quantities, bytes, negative numbers and zero times have their JSON form', () => {
  const secret = bytes(2, bytes(1, 'k'), bytes(2, Buffer.from([0xff, 0x00])));
  assert.deepEqual(decoder.decode(core('Secret'), secret).value, { data: { k: '/wA=' } });
  const resources = bytes(1, bytes(1, 'cpu'), bytes(2, bytes(1, '100m')));
  assert.deepEqual(decoder.decode(core('ResourceRequirements'), resources).value, { limits: { cpu: '100m' } });
  const meta = Buffer.concat([number(7, -1), bytes(8)]);
  const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
  assert.deepEqual(decoder.decode(metaType, meta).value, { generation: -1, creationTimestamp: null });
});

test('a field nobody knows is told', () => {
  assert.deepEqual(decoder.decode(core('ConfigMap'), bytes(77, 'x')), {
    value: {},
    unknown: ['unknown field number 77 of ConfigMap'],
  });
});

test('bytes that are no message are refused', () => {
  for (const broken of [Buffer.from([0x0a, 0x05, 0x01]), Buffer.from([0x0f]), Buffer.from([0x0a, 0xff, 0xff, 0xff])]) {
    assert.throws(() => decoder.decode(core('ConfigMap'), broken), WireFault);
  }
});
