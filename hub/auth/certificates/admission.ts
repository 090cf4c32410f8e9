/** Who may approve and sign certificates of a signer, and which subjects a signer never gets to see. */
import { isDeepStrictEqual } from 'node:util';
import type { CertificateSigningRequest } from '../../api/certificate.ts';
import { apiServerClientSigner } from '../../api/certificate-signers.ts';
import { forbidden } from '../../api/errors.ts';
import { certificateSigningRequests } from '../../api/resource.ts';
import { mastersGroup, type User } from '../../api/user.ts';
import { readSigningRequest } from '../../base/x509/signing-request.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry/registry.ts';
import type { Authorizer } from '../auth.ts';

type Verb = 'approve' | 'sign';

/** API: `verb` on the signer itself, or on all signers of its domain. */
function may(authorizer: Authorizer, user: User, verb: Verb, signerName: string): boolean {
  const [domain = ''] = signerName.split('/');
  const about = { group: certificateSigningRequests.group, resource: 'signers', version: '*' };
  return [signerName, `${domain}/*`].some(
    (name) => authorizer.authorize({ user, verb, ...about, subresource: '', namespace: '', name }).allowed,
  );
}

const about = ({ info, subresource, operation }: AdmissionRequest, wanted: string, on: 'CREATE' | 'UPDATE'): boolean =>
  info.resource === certificateSigningRequests.resource &&
  info.group === certificateSigningRequests.group &&
  subresource === wanted &&
  operation === on;

/** CertificateApproval: asked of the old object, so that the signer cannot be changed on the way. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (request) => about(request, 'approval', 'UPDATE'),
    validate({ old, user, info, name }) {
      const { signerName } = (old as CertificateSigningRequest).spec;
      if (may(authorizer, user, 'approve', signerName)) return;
      throw forbidden(
        info,
        name,
        `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`,
      );
    },
  };
}

/** CertificateSigning. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (request) => about(request, 'status', 'UPDATE'),
    validate({ object, old, user, info, name }) {
      const [after, before] = [object, old].map((one) => (one as CertificateSigningRequest).status ?? {});
      if (
        after?.certificate === before?.certificate &&
        isDeepStrictEqual(after?.conditions ?? [], before?.conditions ?? [])
      )
        return;
      const { signerName } = (old as CertificateSigningRequest).spec;
      if (may(authorizer, user, 'sign', signerName)) return;
      throw forbidden(info, name, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}

/** CertificateSubjectRestriction: nobody becomes a master by a request. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (request) => about(request, '', 'CREATE'),
  validate({ object, info, name }) {
    const { spec, metadata } = object as CertificateSigningRequest;
    if (spec.signerName !== apiServerClientSigner) return;
    const { organizations } = readSigningRequest(Buffer.from(spec.request, 'base64').toString('latin1'));
    if (!organizations.includes(mastersGroup)) return;
    const why = `use of ${apiServerClientSigner} signer with ${mastersGroup} group is not allowed`;
    throw forbidden(info, name || (metadata.name ?? ''), why);
  },
};
