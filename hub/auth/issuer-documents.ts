/** What relying parties read about the token issuer: OpenID Connect discovery and the key set. */
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** One answer, as the server's documents are. */
export interface IssuerDocument {
  readonly contentType: string;
  readonly bytes: Buffer;
  /** API: there is no other form of them. */
  readonly only: true;
}

/** Answers the two paths of API: ServiceAccount issuer discovery; RBAC decides who may read them. */
export interface IssuerDocuments {
  document(request: { readonly path: string }): IssuerDocument | undefined;
}

/** `server` is the API's own https URL as clients reach it. The documents never change while the hub runs. */
export function issuerDocuments(
  tokens: Pick<ServiceAccountTokens, 'discovery' | 'keySet'>,
  server: string,
): IssuerDocuments {
  const made = (contentType: string, value: object): IssuerDocument => ({
    contentType,
    bytes: Buffer.from(JSON.stringify(value)),
    only: true,
  });
  const discovery = made('application/json', tokens.discovery(server));
  const keys = made('application/jwk-set+json', tokens.keySet());
  return {
    document({ path }) {
      const plain = path.replace(/\/$/, '');
      if (plain === '/.well-known/openid-configuration') return discovery;
      return plain === '/openid/v1/jwks' ? keys : undefined;
    },
  };
}
