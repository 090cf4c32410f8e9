/** The join line and the bodies of the join endpoint (port 25000). */

/** What `coracle join HOST:PORT/TOKEN/CAHASH` names. */
export interface JoinTarget {
  host: string;
  port: number;
  token: string;
  /** SHA-256 of the hub CA's public key (SubjectPublicKeyInfo), 64 lower-case hex characters. */
  caHash: string;
}

/** POST /join, over TLS with a server chain that ends in the pinned CA. The CSR asks for CN `system:node:<node>`, O `system:nodes`. */
export interface JoinRequest {
  token: string;
  node: string;
  /** PEM. */
  csr: string;
  version: string;
}

/** The answer to a join, and to POST /renew (mTLS, same CSR rules). */
export interface JoinResponse {
  /** PEM of the node's certificate. */
  certificate: string;
  /** PEM of the hub's CA. */
  ca: string;
  node: string;
  /** Where the broker is, `mqtts://host:port`; host empty means "the host you joined". */
  mqttUrl: string;
  apiPort: number;
  joinPort: number;
  clusterDomain: string;
  clusterDNS: string;
}

/** Writes the join line's argument. IPv6 hosts stand in brackets. */
export function formatJoinTarget(target: JoinTarget): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${host}:${target.port}/${target.token}/${target.caHash}`;
}

/** Reads the join line's argument; throws an Error whose message names the part that is wrong. */
export function parseJoinTarget(text: string): JoinTarget {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^/:\s]+):(\d{1,5})\/([^/\s]+)\/([^/\s]+)$/.exec(text.trim());
  if (match === null) throw new Error(`"${text}" is not of the form HOST:PORT/TOKEN/CAHASH`);
  const [, host = '', port = '', token = '', caHash = ''] = match;
  if (Number(port) < 1 || Number(port) > 65_535) throw new Error(`port ${port} is not between 1 and 65535`);
  if (token.length < 32)
    throw new Error('the token is shorter than 32 characters: copy the whole line of `coracle add-node`');
  if (!/^[0-9a-f]{64}$/.test(caHash))
    throw new Error('the CA hash is not 64 hexadecimal characters: copy the whole line of `coracle add-node`');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), token, caHash };
}
