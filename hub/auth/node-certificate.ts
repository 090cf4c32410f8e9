/** What a node may ask for in a certificate request: its own name and the nodes' group, nothing else. */
import type { KeyObject } from 'node:crypto';
import { ApiError } from '../api/errors.ts';
import { nodeNameErrors, nodesGroup, nodeUserName } from '../api/user.ts';
import { type CertificateRequest, readRequest } from '../base/x509/request.ts';

const refused = (why: string, cause?: unknown): ApiError =>
  new ApiError('Forbidden', `the certificate request is refused: ${why}`, cause === undefined ? {} : { cause });

function read(pem: string): CertificateRequest {
  try {
    return readRequest(pem);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'it cannot be read', error);
  }
}

/** The key of a proper request of `node`; throws ApiError Forbidden that says what is wrong with any other. */
export function checkNodeRequest(pem: string, node: string): KeyObject {
  const [wrong] = nodeNameErrors(node);
  if (wrong !== undefined) throw refused(`"${node.slice(0, 64)}" is not a name a node can have: ${wrong}`);
  const request = read(pem);
  const { commonName, organizations } = request.subject;
  if (commonName !== nodeUserName(node)) {
    throw refused(`it asks for the name "${commonName.slice(0, 64)}", not "${nodeUserName(node)}"`);
  }
  if (organizations.length !== 1 || organizations[0] !== nodesGroup) {
    throw refused(`it asks for other groups than "${nodesGroup}"`);
  }
  if (request.attributes > 0) throw refused('it asks for extensions, and nodes get none');
  const { publicKey } = request;
  if (publicKey.asymmetricKeyType !== 'ec' || publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw refused('the key is not of the curve P-256');
  }
  return publicKey;
}
