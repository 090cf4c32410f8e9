/** Messages written out of JSON are those that are written out of parsed objects, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Messages } from '../../../hub/kinds/protobuf/messages.ts';
import { Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { NoProtobuf } from '../../../hub/kinds/protobuf/special-write.ts';
import { TapeWriter } from '../../../hub/kinds/protobuf/tape-writer.ts';
import { WireWriter } from '../../../hub/kinds/protobuf/wire-writer.ts';
import { MessageWriter } from '../../../hub/kinds/protobuf/write-message.ts';

const messages = new Messages();
const core = 'io.k8s.api.core.v1';

/** The message out of the JSON, and out of the object; undefined where it has to be parsed. */
function both(type: string, object: object): [Buffer | undefined, Buffer] {
  const message = messages.get(type);
  assert.ok(message);
  const [one, other] = [new WireWriter(), new WireWriter()];
  const isWritten = new TapeWriter(messages, one).write(message, Buffer.from(JSON.stringify(object)));
  new MessageWriter(messages, other, true).fields(message, object as Record<string, unknown>);
  return [isWritten ? Buffer.from(one.view()) : undefined, Buffer.from(other.view())];
}

const metadata = {
  name: 'näme',
  generation: 300,
  labels: { b: '1', a: 'x"y', 'é\n': '', '': '' },
  creationTimestamp: '2026-01-02T03:04:05Z',
  deletionTimestamp: null,
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true }],
  managedFields: [
    { manager: 'm', time: '2026-01-02T03:04:05Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': { 'k:{"b":"]}"}': {} } } },
    { manager: 'without' },
  ],
};

const objects: [string, string, object][] = [
  [
    'a Pod',
    `${core}.Pod`,
    {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata,
      status: {
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' }],
        phase: '',
      },
      spec: {
        nodeName: 'n',
        hostNetwork: false,
        priority: -5,
        terminationGracePeriodSeconds: 30,
        securityContext: {},
        volumes: [
          { name: 'e', emptyDir: { sizeLimit: '1Gi' } },
          { hostPath: { path: '/"', type: '' }, name: 'h' },
          { name: 'n' },
        ],
        containers: [
          {
            name: 'c',
            args: ['', 'é', 'x'.repeat(100), 'line\n'],
            ports: [],
            resources: { limits: { cpu: '100m', memory: '64Mi' }, requests: { cpu: 1 } },
            livenessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 1, failureThreshold: 200 },
            readinessProbe: { periodSeconds: 3, tcpSocket: { port: 'web' } },
          },
        ],
      },
    },
  ],
  ['a Secret', `${core}.Secret`, { metadata: { name: 's' }, data: { key: 'aGk/+w==', none: '' }, type: 'Opaque' }],
  [
    'an Event',
    `${core}.Event`,
    { metadata: { name: 'e' }, eventTime: '2026-01-02T03:04:05.000042Z', count: 2_000_000_000 },
  ],
  ['nothing', `${core}.ConfigMap`, {}],
  ['nothing inside', `${core}.Pod`, { metadata: {}, spec: { containers: [] }, status: {} }],
];

for (const [what, type, object] of objects) {
  test(what, () => {
    const [out, expected] = both(type, object);
    assert.ok(out, 'it is not parsed');
    assert.deepEqual(out, expected);
  });
}

test('what has to be parsed leaves nothing behind', () => {
  const message = messages.get(`${core}.ConfigMap`);
  assert.ok(message);
  const writer = new WireWriter();
  const tape = new TapeWriter(messages, writer);
  for (const text of [
    '{"data":{"a":1}}',
    '{"unheard":1}',
    '{ "data":{}}',
    '[]',
    '{"data":[]}',
    '{"metadata":{"generation":1.5}}',
    '',
  ])
    assert.equal(tape.write(message, Buffer.from(text)), false, text);
  assert.equal(writer.size, 0);
  assert.equal(tape.write(message, Buffer.from('{"data":{"a":"1"}}')), true);
});

test('a time that is none cannot be said', () => {
  const message = messages.get(`${core}.ConfigMap`);
  assert.ok(message);
  const wrong = Buffer.from('{"metadata":{"creationTimestamp":"soon"}}');
  assert.throws(() => new TapeWriter(messages, new WireWriter()).write(message, wrong), NoProtobuf);
});

test('a list of what lies there and of what is parsed is one list', () => {
  const items = [objects[0]?.[2] ?? {}, { metadata: { name: 'x' }, spec: { containers: [], overhead: { cpu: 0.5 } } }];
  const head = { kind: 'PodList', apiVersion: 'v1', metadata: {} };
  const list = (bytes: (index: number) => Buffer | undefined): Buffer | undefined => {
    const at = (index: number): object => items[index] ?? {};
    return new Protobuf().encodeList(`${core}.PodList`, head, { type: `${core}.Pod`, count: 2, at, bytes });
  };
  assert.deepEqual(
    list((index) => Buffer.from(JSON.stringify(items[index]))),
    list(() => undefined),
  );
});
