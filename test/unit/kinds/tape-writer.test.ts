/** Messages written out of JSON are those that are written out of parsed objects, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Messages } from '../../../hub/kinds/protobuf/messages.ts';
import { Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { NoProtobuf, secondsAt } from '../../../hub/kinds/protobuf/special-write.ts';
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

/** Pods that differ from one another in something, now here and now there, as Pods of a few templates do. */
function pods(count: number): object[] {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const some = <T>(...values: [T, ...unknown[]]): T => values[random(values.length)] as T;
  const time = (): string =>
    some('2026-01-02T03:04:05Z', `20${10 + random(80)}-0${1 + random(9)}-${10 + random(19)}T0${random(10)}:59:00Z`);
  return Array.from({ length: count }, (_, index) => ({
    ...some({ apiVersion: 'v1', kind: 'Pod' }, { kind: 'Pod', apiVersion: 'v1' }, {}),
    metadata: {
      name: `p-${index}`,
      labels: some({ app: some('a', 'ä', 'a"b') }, { app: 'a', 'pod-template-hash': '5d4f8c0001' }, {}, null),
      annotations: { size: 'x'.repeat(random(90)), [`k-${random(3)}`]: '{"a":[1,"]}"]}' },
      managedFields: [
        { manager: 'm', time: time(), fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:nodeName': {}, 'f:a': {} } } },
        { manager: 'k', time: time(), fieldsV1: { 'f:status': { [`k:{"ip":"10.0.0.${random(3)}"}`]: {} } } },
        ...some([], [{ manager: 'third', fieldsV1: { 'f:spec': { 'f:nodeName': {}, 'f:a': {} } } }]),
      ],
    },
    spec: {
      ...some({ priority: random(3) - 1 }, { nodeName: `n${random(5)}`, priority: 2_000_000_000 }, {}),
      volumes: [
        { name: `v-${random(99)}`, projected: { sources: [{ configMap: { name: 'root-ca' } }], defaultMode: 420 } },
        { name: 'empty', ...some({ emptyDir: {} }, { emptyDir: { sizeLimit: some('1Gi', 2) } }, {}) },
      ],
      containers: [
        { name: 'c', image: 'i', resources: { requests: { cpu: some('100m', '1', 1), memory: '64Mi' } } },
        {
          name: 'd',
          image: some('i', 'ï'),
          resources: { requests: { cpu: '100m', memory: '64Mi' } },
          args: some([], null),
        },
      ],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: some(300, 0, -1) }],
    },
    status: {
      conditions: ['Ready', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime: time() })),
      podIPs: some([{ ip: '10.0.0.1' }], []),
      startTime: time(),
    },
  }));
}

test('what repeats from one object to the next changes no byte', () => {
  const items = pods(400);
  const list = (bytes: (index: number) => Buffer | undefined): Buffer | undefined => {
    const at = (index: number): object => items[index] ?? {};
    const head = { kind: 'PodList', apiVersion: 'v1', metadata: {} };
    return new Protobuf().encodeList(`${core}.PodList`, head, { type: `${core}.Pod`, count: items.length, at, bytes });
  };
  // the bytes of objects in storage lie together, or each by itself
  const together = Buffer.from(items.map((item) => JSON.stringify(item)).join(''));
  let end = 0;
  const places = items.map((item) => {
    const from = end;
    end += Buffer.byteLength(JSON.stringify(item));
    return together.subarray(from, end);
  });
  const parsed = list(() => undefined);
  assert.ok(parsed);
  assert.deepEqual(
    list((index) => places[index]),
    parsed,
  );
  assert.deepEqual(
    list((index) => (index % 3 === 0 ? undefined : Buffer.from(JSON.stringify(items[index])))),
    parsed,
  );
});

test('times of any day are those of the calendar', () => {
  const message = messages.get(`${core}.ConfigMap`);
  assert.ok(message);
  for (const creationTimestamp of [
    '1970-01-01T00:00:00Z',
    '1970-03-01T23:59:59Z',
    '1972-02-28T00:00:00Z',
    '2000-02-29T12:00:00Z',
    '2000-03-01T00:00:00Z',
    '2024-12-31T23:59:59Z',
    '2025-01-01T00:00:00Z',
    '2038-01-19T03:14:08Z',
    '2100-02-28T00:00:00Z',
    '2100-03-01T00:00:00Z',
    '9999-12-28T23:59:59Z',
    '1969-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
    '2026-01-02T03:04:05+02:00',
    '2026-01-02T03:04:05.5Z',
  ]) {
    const [out, expected] = both(`${core}.ConfigMap`, { metadata: { creationTimestamp } });
    assert.deepEqual(out, expected, creationTimestamp);
  }
  for (let day = 0; day < 366 * 140; day++) {
    const text = new Date(day * 86_400_000).toISOString().replace('.000', '');
    const seconds = secondsAt(Buffer.from(text), 0, text.length);
    if (Number(text.slice(8, 10)) <= 28 || seconds !== undefined) assert.equal(seconds, day * 86_400, text);
  }
});
