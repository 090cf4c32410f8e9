/** The Secret that holds which key a node joined with: written by the hub, marked by `coracle remove-node`. */
import type { KubeObject } from './object.ts';

/** Where identities and join tokens are kept. */
export const identityNamespace = 'kube-system';

/** The type of such a Secret. */
export const identityType = 'coracle.io/node-identity';

/** SHA-256 of the key's SubjectPublicKeyInfo in lower-case hex. `removed`: the certificate is accepted no more. */
export interface NodeIdentity {
  readonly keyHash: string;
  readonly removed: boolean;
}

/** The Secret's name. */
export function identitySecretName(node: string): string {
  return `node-identity-${node}`;
}

/** The Secret's `data`. To remove a node, patch `data.removed` to the base64 of `true` (see removedPatch). */
export function identityData(identity: NodeIdentity): Record<string, string> {
  const encode = (text: string): string => btoa(text);
  return { key: encode(identity.keyHash), ...(identity.removed ? { removed: encode('true') } : {}) };
}

/** A merge patch for the identity Secret that locks the node out until it joins again. */
export const removedPatch = { data: { removed: btoa('true') } } as const;

/** Reads such a Secret; undefined when it is none. */
export function readIdentity(secret: KubeObject): NodeIdentity | undefined {
  const data = secret['data'] as Record<string, string> | undefined;
  const key = data?.['key'];
  if (secret['type'] !== identityType || typeof key !== 'string') return undefined;
  return { keyHash: atob(key), removed: data?.['removed'] === btoa('true') };
}
