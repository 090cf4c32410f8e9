/** What an operator says about the OpenID Connect issuer of people's tokens. API: the --oidc-* flags of kube-apiserver. */

/** Complete: empty strings mean what their comments say. */
export interface OidcSettings {
  /** The `iss` of tokens, an https URL; its discovery document says where the keys are. */
  readonly issuerUrl: string;
  /** Tokens are for this audience. */
  readonly clientId: string;
  /** The claim a user is called by, and what stands before it; '-' for nothing, empty: `<issuer>#` unless the claim is `email`. */
  readonly usernameClaim: string;
  readonly usernamePrefix: string;
  /** The claim with the groups, empty for none, and what stands before each. */
  readonly groupsClaim: string;
  readonly groupsPrefix: string;
  /** A PEM file with the CAs of the issuer; empty: those of the system. */
  readonly caFile: string;
}
