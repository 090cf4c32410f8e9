/** What is wrong with requests for certificates, trust bundles, leases and who would hold them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFaults, faults, strategy } from './made.ts';

const signers = 'certificates.k8s.io';
const bundle = (name: string, signerName: string, trustBundle: string) => ({
  metadata: { name },
  spec: { signerName, trustBundle },
});
const pem = (type: string, body = 'AAAA') => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

test('a trust bundle is named after its signer and holds certificates of authorities', () => {
  const hidden = 'spec.trustBundle: Invalid value: "<value omitted>"';
  const cases: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [bundle('x', '', ''), [`${hidden}: at least one trust anchor must be provided`]],
    [bundle('x', '', pem('KEY')), [`${hidden}: entry 0 has bad block type: KEY`]],
    [bundle('x', '', pem('CERTIFICATE')), [`${hidden}: entry 0 does not parse as X.509`]],
    [bundle('x', '', pem('CERTIFICATE', 'A: b\n\nAAAA')), [`${hidden}: entry 0 has PEM block headers`]],
    [
      bundle('a:b', '', pem('KEY')),
      [
        'metadata.name: Invalid value: "a:b": ClusterTrustBundle without signer name must not have ":" in its name',
        `${hidden}: entry 0 has bad block type: KEY`,
      ],
    ],
    [
      bundle('x', 'a.io/b', pem('KEY')),
      [
        'metadata.name: Invalid value: "x": ClusterTrustBundle for signerName a.io/b must be named with prefix a.io:b:',
        `${hidden}: entry 0 has bad block type: KEY`,
      ],
    ],
  ];
  for (const [object, expected] of cases) assert.deepEqual(faults(signers, 'ClusterTrustBundle', object), expected);
  const before = bundle('a.io:b:x', 'a.io/b', 'old');
  assert.deepEqual(changeFaults(signers, 'ClusterTrustBundle', before, bundle('a.io:b:x', 'a.io/b', 'old')), []);
  assert.deepEqual(changeFaults(signers, 'ClusterTrustBundle', before, bundle('x', '', 'old')), [
    'spec.signerName: Invalid value: "": field is immutable',
  ]);
});

test('a signer has a domain of at least two parts and a name', () => {
  const request = Buffer.from(pem('CERTIFICATE REQUEST')).toString('base64');
  const found = (signerName: string, usages = ['client auth']): string[] =>
    faults(signers, 'CertificateSigningRequest', { spec: { request, signerName, usages } });
  assert.deepEqual(found('a.io/b'), []);
  assert.deepEqual(found('kubernetes.io/legacy-unknown'), [
    'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
  ]);
  const [short, path] = found('io/B');
  assert.equal(
    short,
    'spec.signerName: Invalid value: "io": should be a domain with at least two segments separated by dots',
  );
  assert.match(
    path ?? '',
    /^spec\.signerName: Invalid value: "B": validating label "B": a lowercase RFC 1123 subdomain/,
  );
  const [unknown = '', twice = ''] = found('a.io/b', ['any', 'x', 'any']);
  assert.match(unknown, /^spec\.usages\[1\]: Unsupported value: "x": supported values: "any", "cert sign"/);
  assert.equal(twice, 'spec.usages[2]: Duplicate value: "any"');
  assert.deepEqual(strategy(signers, 'CertificateSigningRequest').validateName('Node:a_b'), []);
});

const coordination = 'coordination.k8s.io';

test('a lease and who would hold it name a way to choose', () => {
  assert.deepEqual(faults(coordination, 'Lease', { spec: { strategy: 'x', preferredHolder: 'a' } }), [
    'spec.strategy.strategy: Unsupported value: "x": supported values: "OldestEmulationVersion"',
  ]);
  assert.deepEqual(faults(coordination, 'Lease', { spec: { preferredHolder: 'a' } }), [
    'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
  ]);
  const candidate = (parts: object = {}) => ({
    spec: {
      leaseName: 'l',
      binaryVersion: '1.2.0',
      emulationVersion: '1.1.0',
      strategy: 'OldestEmulationVersion',
      ...parts,
    },
  });
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{}, []],
    [{ leaseName: '', strategy: '' }, ['spec.leaseName: Required value', 'spec.strategy: Required value']],
    [
      { binaryVersion: '1', emulationVersion: '' },
      [
        'spec.binaryVersion: Invalid value: "1": must be a valid semantic version',
        "spec.emulationVersion: Required value: must be specified when `strategy` is 'OldestEmulationVersion'",
      ],
    ],
    [
      { emulationVersion: '1.10.0' },
      ['spec.binaryVersion: Invalid value: "1.2.0": must be greater than or equal to `emulationVersion`'],
    ],
  ];
  for (const [parts, expected] of cases) {
    assert.deepEqual(faults(coordination, 'LeaseCandidate', candidate(parts)), expected);
  }
  assert.deepEqual(changeFaults(coordination, 'LeaseCandidate', candidate(), candidate({ leaseName: 'm' })), [
    'spec.leaseName: Invalid value: "m": field is immutable',
  ]);
});
