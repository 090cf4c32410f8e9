/** What each built-in signer signs, and what it refuses. Pure. API: "Kubernetes signers". */
import { apiServerClientSigner, kubeletClientSigner, kubeletServingSigner } from '../../api/certificate-signers.ts';
import { nodesGroup, nodeUserName } from '../../api/user.ts';
import type { SigningRequest } from '../../base/x509/signing-request.ts';

/** Why a request is not signed, '' when it is, and what the certificate is for. */
export interface SignerRule {
  readonly purpose: 'client' | 'server';
  refusal(request: SigningRequest, usages: readonly string[]): string;
}

const encipherment = 'key encipherment';

/** True for these usages, no others, with or without key encipherment, which keys that are not RSA have no use for. */
function areUsages(usages: readonly string[], wanted: readonly string[]): boolean {
  const rest = new Set(usages.filter((one) => one !== encipherment));
  return rest.size === wanted.length && wanted.every((one) => rest.has(one));
}

function usagesText(...wanted: string[]): string {
  return `usages did not match [${wanted.sort().join(' ')}]`;
}

function isNodes({ organizations }: SigningRequest): boolean {
  return organizations.length === 1 && organizations[0] === nodesGroup;
}

const notNodes = `subject organization is not ${nodesGroup}`;
const notNode = `subject common name does not begin with ${nodeUserName('')}`;

const apiServerClient: SignerRule = {
  purpose: 'client',
  refusal(_request, usages) {
    const other = usages.find((one) => !['digital signature', encipherment, 'client auth'].includes(one));
    if (other !== undefined) return `invalid usage for client certificate: ${other}`;
    return usages.includes('client auth') ? '' : 'missing required usage for client certificate: client auth';
  },
};

const kubeletClient: SignerRule = {
  purpose: 'client',
  refusal(request, usages) {
    const { dns, email, ip, uri } = request.names;
    if (!isNodes(request)) return notNodes;
    if (dns > 0) return 'DNS subjectAltNames are not allowed';
    if (email > 0) return 'Email subjectAltNames are not allowed';
    if (ip > 0) return 'IP subjectAltNames are not allowed';
    if (uri > 0) return 'URI subjectAltNames are not allowed';
    if (!request.commonName.startsWith(nodeUserName(''))) return notNode;
    const wanted = ['client auth', 'digital signature'];
    return areUsages(usages, wanted) ? '' : usagesText(encipherment, ...wanted);
  },
};

const kubeletServing: SignerRule = {
  purpose: 'server',
  refusal(request, usages) {
    const { dns, email, ip, uri } = request.names;
    if (!isNodes(request)) return notNodes;
    if (dns === 0 && ip === 0) return 'DNS or IP subjectAltName is required';
    if (email > 0) return 'Email subjectAltNames are not allowed';
    if (uri > 0) return 'URI subjectAltNames are not allowed';
    const wanted = ['digital signature', 'server auth'];
    if (!areUsages(usages, wanted)) return usagesText(encipherment, ...wanted);
    return request.commonName.startsWith(nodeUserName('')) ? '' : notNode;
  },
};

/** The signers of this hub. `kubernetes.io/legacy-unknown` is nobody's here: nothing of it is ever signed. */
export const signers: ReadonlyMap<string, SignerRule> = new Map([
  [apiServerClientSigner, apiServerClient],
  [kubeletClientSigner, kubeletClient],
  [kubeletServingSigner, kubeletServing],
]);
