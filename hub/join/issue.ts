/** POST /join and POST /renew: from a certificate request to a node's certificate. */
import { badRequest, forbidden } from '../api/errors.ts';
import { shape, text } from '../api/guard.ts';
import type { JoinRequest, JoinResponse } from '../api/join.ts';
import type { RenewRequest } from '../api/node-requests.ts';
import { nodes } from '../api/resource.ts';
import { nodeNameErrors } from '../api/user.ts';
import type { Log } from '../base/log.ts';
import { publicKeyHash } from '../base/x509/certificate.ts';
import { checkNodeRequest } from '../auth/node-certificate.ts';
import type { NodeIdentities } from '../auth/node-identities.ts';
import type { Pki } from '../auth/pki.ts';
import type { JoinTokens } from './join-tokens.ts';

/** What a joined node is told besides its certificate. */
export type ClusterFacts = Pick<JoinResponse, 'mqttUrl' | 'apiPort' | 'joinPort' | 'clusterDomain' | 'clusterDNS'>;

/** What issuing asks. */
export interface IssueOptions {
  readonly pki: Pick<Pki, 'ca' | 'signNode'>;
  readonly tokens: JoinTokens;
  readonly identities: Pick<NodeIdentities, 'claim' | 'accepts'>;
  readonly facts: () => ClusterFacts;
  readonly log: Log;
}

/** Body of POST /join. */
export const joinRequest = shape<JoinRequest>({
  token: text(256),
  node: text(253),
  csr: text(8192),
  version: text(64),
});

/** Body of POST /renew. */
export const renewRequest = shape<RenewRequest>({ csr: text(8192) });

function answer(options: IssueOptions, node: string, certificate: string): JoinResponse {
  return { certificate, ca: options.pki.ca, node, ...options.facts() };
}

/**
 * Issues a certificate for a token. The token is used up last, so that nothing that fails before costs it; whoever
 * repeats with the same node and key gets a certificate again. Throws ApiError.
 */
export async function issueForToken(options: IssueOptions, request: JoinRequest): Promise<JoinResponse> {
  const { node, token } = request;
  const [wrong] = nodeNameErrors(node);
  if (wrong !== undefined) throw badRequest(`"${node.slice(0, 64)}" is not a name a node can have: ${wrong}`);
  const keyHash = publicKeyHash(checkNodeRequest(request.csr, node));
  options.tokens.check(token, { node, keyHash });
  await options.identities.claim(node, keyHash);
  const { certificate } = options.pki.signNode(request.csr, node);
  await options.tokens.consume(token, { node, keyHash });
  options.log.info({ node, version: request.version }, 'a node joined');
  return answer(options, node, certificate);
}

/** Issues the next certificate of a node that shows its present one (whose key hash is `keyHash`). Throws ApiError. */
export function issueForNode(
  options: IssueOptions,
  holder: { readonly node: string; readonly keyHash: string },
  request: RenewRequest,
): JoinResponse {
  const { certificate, keyHash } = options.pki.signNode(request.csr, holder.node);
  if (keyHash !== holder.keyHash)
    throw forbidden(nodes, holder.node, 'a renewal keeps the key: join again to change it');
  options.log.info({ node: holder.node }, 'a node renewed its certificate');
  return answer(options, holder.node, certificate);
}
