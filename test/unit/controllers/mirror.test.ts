/** Endpoints written by hand become slices; token Secrets are filled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoints, Service } from '../../../hub/api/service.ts';
import { isMirrored, mirrorGroups, mirrorMetadata } from '../../../hub/controllers/endpoints/mirror.ts';
import { tokenSecretData } from '../../../hub/controllers/namespaces/token-secrets.ts';

function written(subsets: Endpoints['subsets'] = [], metadata: Endpoints['metadata'] = {}): Endpoints {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db', ...metadata }, subsets };
}

const service = (selector?: Record<string, string>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'db' },
  spec: selector === undefined ? {} : { selector },
});

test('addresses are grouped by their ports and family, and say whether they are ready', () => {
  const ports = [{ name: 'sql', port: 5432 }];
  const groups = mirrorGroups(
    written([
      { addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], notReadyAddresses: [{ ip: '10.0.0.2' }], ports },
      { addresses: [{ ip: '10.0.0.3', nodeName: 'n1' }], ports },
    ]),
  );
  const shown = groups.map((one) => [
    one.addressType,
    one.endpoints.map((end) => [end.addresses[0], end.conditions?.ready]),
  ]);
  assert.deepEqual(shown, [
    [
      'IPv4',
      [
        ['10.0.0.1', true],
        ['10.0.0.2', false],
        ['10.0.0.3', true],
      ],
    ],
    ['IPv6', [['fd00::1', true]]],
  ]);
  assert.deepEqual(groups[0]?.ports, [{ name: 'sql', protocol: 'TCP', port: 5432 }]);
});

test('only Endpoints of a Service without a selector are mirrored, unless they say no', () => {
  assert.equal(isMirrored(written(), service()), true);
  assert.equal(isMirrored(written(), undefined), false);
  assert.equal(isMirrored(written(), service({ app: 'db' })), false);
  const skip = { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } };
  assert.equal(isMirrored(written([], skip), service()), false);
  const leader = { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } };
  assert.equal(isMirrored(written([], leader), service()), false);
});

test('slices carry the labels and annotations of the Endpoints', () => {
  const annotations = { team: 'a', 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
  assert.deepEqual(mirrorMetadata(written([], { labels: { app: 'db' }, annotations })), {
    labels: {
      app: 'db',
      'kubernetes.io/service-name': 'db',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    },
    annotations: { team: 'a' },
  });
});

test('a token Secret gets a token once, and the CA whenever it differs', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const secret = (data?: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {},
    ...(data === undefined ? {} : { data }),
  });
  const expected = { ca: 'CA', namespace: 'shop', issue: () => 'new' };
  const full = { token: base64('old'), 'ca.crt': base64('CA'), namespace: base64('shop') };
  assert.deepEqual(tokenSecretData(secret(), expected), { ...full, token: base64('new') });
  assert.equal(tokenSecretData(secret(full), expected), undefined);
  assert.deepEqual(tokenSecretData(secret({ ...full, 'ca.crt': '' }), expected), full);
});
