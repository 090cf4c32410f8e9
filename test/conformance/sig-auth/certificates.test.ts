/** CertificateSigningRequests as API objects. */
import { generateKeyPairSync } from 'node:crypto';
import { createRequest } from '../../../hub/base/x509/request.ts';
import { createTestAuthority } from '../../support/certificates.ts';
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const request = createRequest({ commonName: 'e2e-example', organizations: [] }, privateKey);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const condition = (type: string): object => ({
  type,
  status: 'True',
  reason: 'Tested',
  message: 'by a test',
  lastUpdateTime: '2026-01-02T03:04:05Z',
  lastTransitionTime: '2026-01-02T03:04:05Z',
});
const { cert } = await (await createTestAuthority()).server('e2e-example');
const issued = base64(cert);

const requests: Kind = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
  body: () => ({
    spec: {
      request: base64(request),
      signerName: 'example.com/e2e-signer',
      expirationSeconds: 3600,
      usages: ['digital signature', 'key encipherment', 'server auth'],
    },
  }),
  subresources: {
    approval: [
      { conditions: [condition('ApprovalPatch')] },
      { conditions: [condition('ApprovalPatch'), condition('Approved')] },
    ],
    status: [
      { conditions: [condition('ApprovalPatch'), condition('Approved'), condition('StatusPatch')] },
      // what was decided stays: a writer that left it out would be refused
      { conditions: [condition('ApprovalPatch'), condition('Approved')], certificate: issued },
    ],
  },
};

conformance('[sig-auth] certificates.go: CSR API operations', (cluster) => crud(cluster, requests));
