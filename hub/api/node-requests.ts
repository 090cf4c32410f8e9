/** What an agent asks of port 25000 over mTLS once it has joined: renewal, objects, tokens. */
import type { ObjectKey } from './link.ts';
import type { KubeObject } from './object.ts';

/** POST /renew; the answer is a JoinResponse. The CSR follows the rules of POST /join and keeps the node's key. */
export interface RenewRequest {
  /** PEM. */
  csr: string;
}

/** GET /objects?key=…&key=…: the newest bytes of Secrets and ConfigMaps that Pods of the node name. */
export interface ObjectsResponse {
  items: KubeObject[];
  /** Keys of what does not exist. */
  missing: ObjectKey[];
}

/** How many keys one GET /objects may name. */
export const mostObjects = 256;

/** POST /token: a ServiceAccount token for a Pod of the node. */
export interface PodTokenRequest {
  namespace: string;
  serviceAccount: string;
  pod: { name: string; uid: string };
  audiences?: string[];
  /** At least 600; 3600 unless said. */
  expirationSeconds?: number;
}

/** The answer to POST /token. */
export interface PodTokenResponse {
  token: string;
  /** RFC 3339. */
  expirationTimestamp: string;
}
