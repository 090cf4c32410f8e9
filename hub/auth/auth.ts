/** The contract of this room: who is this, and may they. */
import type { Access } from '../api/access.ts';
import type { KubeObject } from '../api/object.ts';
import type { User } from '../api/user.ts';

/** What a request shows of its sender. */
export interface Credentials {
  /** Subject of a client certificate that chains to the client CA and is within its dates. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    readonly serial: string;
    /** SHA-256 of the key's SubjectPublicKeyInfo in lower-case hex: nodes are known by it (see peer.ts). */
    readonly keyHash?: string;
  };
  /** The token of an `Authorization: Bearer` header. */
  readonly bearer?: string;
}

/** Finds the user behind credentials; throws ApiError Unauthorized when they are wrong, and answers `anonymous` when there are none. */
export interface Authenticator {
  /** Synchronous for what is in the cache (certificates, known tokens): the hot path. */
  authenticate(credentials: Credentials): User | Promise<User>;
}

/** Who holds a bearer token, and how long that may be remembered. */
export interface TokenHolder {
  readonly user: User;
  /** When it has to be checked anew (Unix milliseconds): its end, or sooner. */
  readonly expires: number | undefined;
  /** Asks whether what the token stands on is still there; synchronous. */
  stillThere(): boolean;
}

/** Knows one kind of bearer tokens. */
export interface TokenVerifier {
  /** The holder of a good token; undefined for any other. Synchronous wherever nobody has to be asked. */
  verify(token: string): TokenHolder | undefined | Promise<TokenHolder | undefined>;
}

/** A decision and, when refused, why beyond "no rule allows it". */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Decides, synchronously, from indexes kept up to date by registry changes. */
export interface Authorizer {
  authorize(attributes: Access): Decision;
}

/** A resource that is only ever created and never stored: reviews and token requests. */
export interface VirtualResource {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Answers the body with its status filled in. `namespace` and `name` come from the URL. */
  create(request: { body: KubeObject; namespace: string; name: string; user: User }): Promise<KubeObject> | KubeObject;
}
