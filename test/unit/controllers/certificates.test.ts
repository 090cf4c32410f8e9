/** What signers sign, whose requests approve themselves, and when requests go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateSigningRequest } from '../../../hub/api/certificate.ts';
import { kubeletClientSigner } from '../../../hub/api/certificate-signers.ts';
import { readSigningRequest, type SigningRequest } from '../../../hub/base/x509/signing-request.ts';
import { selfApproval } from '../../../hub/controllers/certificates/certificates.ts';
import { requestExpiry } from '../../../hub/controllers/certificates/lifetime.ts';
import { signers } from '../../../hub/controllers/certificates/signers.ts';
import { makeRequest } from '../../support/certificate-request.ts';

type Names = Partial<SigningRequest['names']>;

function asked(commonName: string, organizations: string[], names: Names = {}): SigningRequest {
  return {
    commonName,
    organizations,
    names: { dns: 0, ip: 0, email: 0, uri: 0, ...names },
  } as unknown as SigningRequest;
}

const node = (names: Names = {}): SigningRequest => asked('system:node:n1', ['system:nodes'], names);
const client = ['digital signature', 'key encipherment', 'client auth'];
const server = ['digital signature', 'key encipherment', 'server auth'];

describe('a certificate request', () => {
  it('is read with any usual key, and its names are counted', async () => {
    const names = [
      { type: 'dns', value: 'n1' },
      { type: 'dns', value: 'n1.lan' },
      { type: 'ip', value: '10.0.0.1' },
      { type: 'url', value: 'spiffe://x' },
    ] as const;
    for (const rsa of [false, true]) {
      const read = readSigningRequest((await makeRequest('CN=ann, O=dev, O=ops', { names, rsa })).pem);
      assert.equal(read.commonName, 'ann');
      assert.deepEqual([...read.organizations], ['dev', 'ops']);
      assert.deepEqual(read.names, { dns: 2, ip: 1, email: 0, uri: 1 });
    }
    assert.equal(readSigningRequest((await makeRequest('O=dev')).pem).alternativeNames, undefined);
  });

  it('is refused when it was changed, cut short, or is none', async () => {
    const { pem } = await makeRequest('CN=ann');
    const bytes = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64');
    const changed = Buffer.from(bytes);
    changed.writeUInt8((bytes.at(-3) ?? 0) ^ 1, bytes.length - 3);
    const wrap = (der: Buffer): string =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const wrong of [wrap(changed), wrap(bytes.subarray(0, -20)), wrap(Buffer.alloc(9)), wrap(Buffer.alloc(0)), ''])
      assert.throws(() => readSigningRequest(wrong), RangeError);
  });
});

describe('the built-in signers', () => {
  const apiServer = 'kubernetes.io/kube-apiserver-client';
  const serving = 'kubernetes.io/kubelet-serving';
  for (const [signer, request, usages, refusal] of [
    [apiServer, asked('ann', ['dev']), client, ''],
    [apiServer, asked('ann', ['dev']), ['client auth'], ''],
    [apiServer, asked('ann', []), ['digital signature'], 'missing required usage for client certificate: client auth'],
    [apiServer, asked('ann', []), server, 'invalid usage for client certificate: server auth'],
    [kubeletClientSigner, node(), client, ''],
    [kubeletClientSigner, node(), ['client auth', 'digital signature'], ''],
    [kubeletClientSigner, node(), ['client auth'], /^usages did not match \[client auth digital signature key enc/],
    [kubeletClientSigner, node(), [...client, 'server auth'], /^usages did not match/],
    [kubeletClientSigner, node({ dns: 1 }), client, 'DNS subjectAltNames are not allowed'],
    [kubeletClientSigner, node({ ip: 1 }), client, 'IP subjectAltNames are not allowed'],
    [kubeletClientSigner, node({ email: 1 }), client, 'Email subjectAltNames are not allowed'],
    [kubeletClientSigner, node({ uri: 1 }), client, 'URI subjectAltNames are not allowed'],
    [kubeletClientSigner, asked('ann', ['system:nodes']), client, /common name does not begin with system:node:$/],
    [kubeletClientSigner, asked('system:node:n1', ['system:nodes', 'x']), client, /organization is not system:nodes/],
    [serving, node({ dns: 1 }), server, ''],
    [serving, node({ ip: 1 }), ['server auth', 'digital signature'], ''],
    [serving, node(), server, 'DNS or IP subjectAltName is required'],
    [serving, node({ dns: 1, email: 1 }), server, 'Email subjectAltNames are not allowed'],
    [serving, node({ dns: 1 }), client, /^usages did not match \[digital signature key encipherment server auth\]$/],
    [serving, asked('n1', ['system:nodes'], { dns: 1 }), server, /does not begin with system:node:/],
  ] as const) {
    it(`${signer}: ${request.commonName} for ${usages.join(', ')}: ${refusal || 'signed'}`, () => {
      const said = signers.get(signer)?.refusal(request, usages) ?? 'no such signer';
      if (typeof refusal === 'string') assert.equal(said, refusal);
      else assert.match(said, refusal);
    });
  }

  it('do not know kubernetes.io/legacy-unknown', () => {
    assert.equal(signers.has('kubernetes.io/legacy-unknown'), false);
  });
});

const csr = (spec: Partial<CertificateSigningRequest['spec']>, status: object = {}): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { request: '', signerName: kubeletClientSigner, usages: client, ...spec },
  status,
});

describe('self-approval', () => {
  const only = (allowed: string) => (_user: object, subresource: string) => subresource === allowed;
  for (const [what, spec, request, allowed, approved] of [
    ['a node for itself', { username: 'system:node:n1' }, node(), 'selfnodeclient', /self kubelet client/],
    ['a node for another', { username: 'system:node:n2' }, node(), 'selfnodeclient', undefined],
    ['a bootstrapper', { username: 'system:bootstrap:abc' }, node(), 'nodeclient', /approving kubelet client/],
    ['a bootstrapper without permission', { username: 'system:bootstrap:abc' }, node(), '', undefined],
    ['names in the request', { username: 'system:node:n1' }, node({ dns: 1 }), 'selfnodeclient', undefined],
    ['another signer', { signerName: 'kubernetes.io/kubelet-serving' }, node({ dns: 1 }), 'nodeclient', undefined],
  ] as const) {
    it(`${what}: ${approved === undefined ? 'waits for somebody' : 'approved'}`, () => {
      const message = selfApproval(csr(spec), request, only(allowed));
      if (approved === undefined) assert.equal(message, undefined);
      else assert.match(message ?? '', approved);
    });
  }
});

describe('the time a request is kept', () => {
  const made = Date.UTC(2026, 0, 1);
  const hours = (expiry: number): number => (expiry - made) / 3_600_000;
  const condition = (type: string): object => ({ type, status: 'True', lastUpdateTime: '2026-01-01T05:00:00Z' });
  for (const [what, status, expected] of [
    ['pending', {}, 24],
    ['denied', { conditions: [condition('Denied')] }, 6],
    ['failed', { conditions: [condition('Approved'), condition('Failed')] }, 6],
    ['approved and not signed', { conditions: [condition('Approved')] }, Number.POSITIVE_INFINITY],
    ['signed', { conditions: [condition('Approved')], certificate: 'eA==' }, 6],
  ] as const) {
    it(`${what}: ${expected} hours after it was made`, () => {
      assert.equal(hours(requestExpiry(csr({}, status))), expected);
    });
  }
});
