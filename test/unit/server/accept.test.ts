/** Content negotiation, judged by what clients send and a Kubernetes API server answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Protobuf } from '../../../hub/kinds/protobuf/protobuf.ts';
import { Negotiator } from '../../../hub/server/accept.ts';

const negotiator = new Negotiator({ codec: new Protobuf() });
const shown = (accept: string | undefined): string => {
  const { encoding, as, version } = negotiator.format(accept, true);
  return `${encoding} ${as} ${version}`;
};

test('clients get the form they ask for', () => {
  const expected: [string | undefined, string][] = [
    [undefined, 'json object v1'],
    ['', 'json object v1'],
    ['*/*', 'json object v1'],
    ['application/json', 'json object v1'],
    ['application/yaml', 'yaml object v1'],
    ['text/html;q=0.9,application/json;q=0.5', 'json object v1'],
    ['application/vnd.kubernetes.protobuf,application/json', 'protobuf object v1'],
    ['application/vnd.kubernetes.protobuf', 'protobuf object v1'],
    ['application/json,application/vnd.kubernetes.protobuf', 'json object v1'],
    ['application/vnd.kubernetes.protobuf;q=0.5,application/json;q=0.9', 'json object v1'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
      'json object v1',
    ],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'json table v1'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'json table v1beta1'],
    ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'json partial v1'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'json partial-list v1'],
    ['application/json;as=Chair;v=v1;g=meta.k8s.io,application/json', 'json object v1'],
    ['application/yaml;q=0.1,application/json', 'json object v1'],
  ];
  for (const [accept, form] of expected) {
    assert.equal(shown(accept), form, accept);
    assert.equal(shown(accept), form, `${accept} again`);
  }
});

test('what cannot be had is not acceptable', () => {
  for (const accept of ['application/xml', 'text/plain', 'application/*']) {
    assert.throws(() => negotiator.format(accept, true), {
      reason: 'NotAcceptable',
      message: /^406: Not Acceptable\n\n/,
    });
  }
  for (const accept of [
    'application/vnd.kubernetes.protobuf;as=Table',
    'application/json;as=Chair;v=v1;g=meta.k8s.io',
  ]) {
    assert.throws(() => negotiator.format(accept, true), { message: /^only the following media types are accepted: / });
  }
});

test('custom resources have no form in Protocol Buffers', () => {
  assert.equal(negotiator.format('application/vnd.kubernetes.protobuf,application/json', false).encoding, 'json');
  assert.throws(() => negotiator.format('application/vnd.kubernetes.protobuf', false), {
    reason: 'NotAcceptable',
    message: 'only the following media types are accepted: application/json, application/yaml',
  });
});
