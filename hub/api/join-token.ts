/** The Secret behind a join token: made by `coracle add-node` through the ordinary API, used up by the join endpoint. */
import { createHash } from 'node:crypto';
import type { KubeObject } from './object.ts';

/** Where join tokens are kept. */
export const joinTokenNamespace = 'kube-system';

/** The type of such a Secret. */
const joinTokenType = 'coracle.io/join-token';

/** What is known of a token; the token itself is nowhere. Times are Unix milliseconds. */
export interface JoinToken {
  /** SHA-256 of the token, lower-case hex. */
  readonly hash: string;
  /** Until then the token serves any number of nodes; without it, one. */
  readonly expires?: number;
  /** The node and key a single-use token was used up by, and when. */
  readonly used?: { readonly node: string; readonly keyHash: string; readonly at: number };
}

/** SHA-256 of a token, in lower-case hex. */
export function joinTokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** `join-token-<first 12 hex digits of the hash>`. */
export function joinTokenName(hash: string): string {
  return `join-token-${hash.slice(0, 12)}`;
}

const encode = (text: string): string => btoa(text);

/** The Secret's data. */
export function joinTokenData({ hash, expires, used }: JoinToken): Record<string, string> {
  return {
    hash: encode(hash),
    uses: encode(expires === undefined ? 'single' : 'multi'),
    ...(expires === undefined ? {} : { expiry: encode(new Date(expires).toISOString()) }),
    ...(used === undefined
      ? {}
      : {
          'used-node': encode(used.node),
          'used-key': encode(used.keyHash),
          'used-at': encode(new Date(used.at).toISOString()),
        }),
  };
}

/** The Secret to create for a token. */
export function joinTokenSecret(token: JoinToken): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: joinTokenName(token.hash), namespace: joinTokenNamespace },
    type: joinTokenType,
    data: joinTokenData(token),
  };
}

/** Reads such a Secret; undefined when it is none, or was edited into nonsense. */
export function readJoinToken(secret: KubeObject): JoinToken | undefined {
  if (secret['type'] !== joinTokenType) return undefined;
  const data = (secret['data'] ?? {}) as Record<string, string>;
  const decode = (key: string): string => atob(data[key] ?? '');
  const hash = decode('hash');
  if (hash.length !== 64) return undefined;
  const node = decode('used-node');
  const expires = Date.parse(decode('expiry'));
  // an unreadable expiry is one that is over
  const expiry = data['expiry'] === undefined ? {} : { expires: Number.isNaN(expires) ? 0 : expires };
  const at = Date.parse(decode('used-at'));
  return {
    hash,
    ...expiry,
    ...(node === '' ? {} : { used: { node, keyHash: decode('used-key'), at: Number.isNaN(at) ? 0 : at } }),
  };
}
